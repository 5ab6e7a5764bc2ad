-- What a signature stands for, and answers that go by post (internal/appeals/answer.go, post.go).

-- +goose Up

-- 1: number, result and text; 2: the files of the answer as well. Signatures of
-- before this stay what they were.
ALTER TABLE signatures ADD COLUMN scheme smallint NOT NULL DEFAULT 1;

-- What lies to be posted, which few answers do: asked for with each count of the trays.
CREATE INDEX answers_to_post ON answers (appeal_id) WHERE state = 'signed' AND pdf_key <> '';
