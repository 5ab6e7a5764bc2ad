-- The list of petitions in every order.

-- +goose Up

-- The list sorts by what a petition has gathered, which lies in petition_counts:
-- no index holds that order. It is made from this index and the counts alone,
-- without a look at the rows with their long texts (BenchmarkList). NULLS LAST as
-- the list sorts: imported petitions may have no date.
DROP INDEX petitions_state;
CREATE INDEX petitions_state ON petitions (state, published_at DESC NULLS LAST, id DESC) INCLUDE (ends_at, threshold, tier, legacy_count);
