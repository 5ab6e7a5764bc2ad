-- Mailboxes of Apple and of Proton under their second names, and the act of a charter by its English one.

-- +goose Up

-- One mailbox under many spellings is one mailbox. Who has a name at me.com or mac.com has
-- the same name at icloud.com (https://support.apple.com/en-us/118230); a name of an
-- account at Proton is its name at each domain of Proton (https://proton.me/support/addresses-and-aliases).
-- Whoever signed before under a second name keeps it: his identifier is that of his first signature.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION canonical_email(e text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN d IN ('gmail.com', 'googlemail.com') THEN replace(l, '.', '') || '@gmail.com'
              WHEN d IN ('ya.ru', 'yandex.ru', 'yandex.com', 'yandex.ua') THEN replace(l, '.', '-') || '@yandex.com'
              WHEN d IN ('icloud.com', 'me.com', 'mac.com') THEN l || '@icloud.com'
              WHEN d IN ('proton.me', 'protonmail.com', 'protonmail.ch', 'pm.me') THEN l || '@proton.me'
              ELSE l || '@' || d END
    FROM (SELECT split_part(split_part(lower(e), '@', 1), '+', 1) AS l, split_part(lower(e), '@', 2) AS d) t
$$;
-- +goose StatementEnd

-- Pages in English cite the act by this name; empty: by its own.
ALTER TABLE petition_charters ADD COLUMN source_en text NOT NULL DEFAULT '';
SELECT set_config('app.actor', 'system:migrate', true), set_config('app.action', 'job.run', true);
UPDATE petition_charters SET source_en = 'Charter of the Zhytomyr community' WHERE demo AND source = 'Статут Житомирської громади';

-- +goose Down

ALTER TABLE petition_charters DROP COLUMN source_en;

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION canonical_email(e text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN d IN ('gmail.com', 'googlemail.com') THEN replace(l, '.', '') || '@gmail.com'
              WHEN d IN ('ya.ru', 'yandex.ru', 'yandex.com', 'yandex.ua') THEN replace(l, '.', '-') || '@yandex.com'
              ELSE l || '@' || d END
    FROM (SELECT split_part(split_part(lower(e), '@', 1), '+', 1) AS l, split_part(lower(e), '@', 2) AS d) t
$$;
-- +goose StatementEnd
