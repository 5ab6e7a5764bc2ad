-- Letters that end the consideration without an answer in substance
-- (internal/appeals/ending.go): what else is signed with them, and what was done after.

-- +goose Up

ALTER TABLE answers
  ADD COLUMN ground        text NOT NULL DEFAULT '',    -- the norm on which the ending stands, a code
  ADD COLUMN recipient     text NOT NULL DEFAULT '',    -- the body to which the appeal is forwarded (Закон 393/96-ВР, ст. 7, ч. 3; Закон 2939-VI, ст. 22, ч. 3)
  ADD COLUMN first_id      bigint REFERENCES appeals,   -- the first appeal, of a duplicate (КМУ 348)
  ADD COLUMN dispatched_on date,                        -- the day on which the papers went to the recipient
  ADD COLUMN dispatched_by text NOT NULL DEFAULT ''
    CONSTRAINT answers_dispatched_by_check CHECK (dispatched_by = ANY (ARRAY['', 'post', 'exchange', 'email', 'hand']));

-- What lies to be sent to another body: few at a time, asked for with each count of the trays.
CREATE INDEX answers_to_dispatch ON answers (appeal_id) WHERE result = 'forwarded' AND signed_at IS NOT NULL AND dispatched_on IS NULL;
-- To whom was forwarded before, for the suggestions of the form.
CREATE INDEX answers_recipient ON answers (recipient) WHERE recipient <> '';

-- +goose Down

ALTER TABLE answers DROP COLUMN ground, DROP COLUMN recipient, DROP COLUMN first_id, DROP COLUMN dispatched_on, DROP COLUMN dispatched_by;
