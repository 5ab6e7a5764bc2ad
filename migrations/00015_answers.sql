-- What a signature stands for (internal/appeals/answer.go).

-- +goose Up

-- 1: number, result and text; 2: the files of the answer as well. Signatures of
-- before this stay what they were.
ALTER TABLE signatures ADD COLUMN scheme smallint NOT NULL DEFAULT 1;
