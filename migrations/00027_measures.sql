-- Appeals whose answer promised something (internal/appeals/promise.go): the few that
-- stay on the city's own control until it is done, by the day that was promised.

-- +goose Up

CREATE INDEX appeals_measures ON appeals (due_at, id) WHERE state = 'measures_pending';

-- +goose Down

DROP INDEX appeals_measures;
