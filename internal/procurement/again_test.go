package procurement

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"ereception/internal/pgtest"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
)

// TestAnOlderExtractionLeavesNoName: a database that an older version of the
// portal has written, which hid a sole trader only by ten digits, is made anew by
// the first check, and nothing that is read names him any more.
func TestAnOlderExtractionLeavesNoName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		last *int // version of the last check; nil: there was none yet
	}{{"checked by the older version", new(int)}, {"never checked", nil}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := pgtest.New(t)
			s := newService(t, e)
			ctx := i18n.With(context.Background(), "uk")
			party := func(name, id string) []any {
				return []any{map[string]any{"name": name, "identifier": map[string]any{"scheme": "UA-EDR", "id": id}}}
			}
			marshal := func(v any) []byte {
				b, err := json.Marshal(v)
				if err != nil {
					t.Fatal(err)
				}
				return b
			}
			buyer := map[string]any{"name": "Управління доріг", "kind": "general", "identifier": map[string]any{"scheme": "UA-EDR", "id": "20345678"}}
			const tender, contract, orphan, plan, company = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "cccccccccccccccccccccccccccccccc", "dddddddddddddddddddddddddddddddd", "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee", "ffffffffffffffffffffffffffffffff"
			put(t, s, marshal(map[string]any{
				"id": tender, "tenderID": "UA-2026-03-01-000001-a", "status": "complete", "title": "Послуги Вербобарчук", "dateModified": "2026-03-05T12:00:00+02:00", "procurementMethodType": "reporting", "procuringEntity": buyer,
				"awards":    []any{map[string]any{"id": "w", "status": "active", "suppliers": party("Ф.О.П. Вербобарчук М.Ю.", "00000000")}},
				"contracts": []any{map[string]any{"id": contract, "contractID": "UA-2026-03-01-000001-a-a1", "awardID": "w", "status": "active", "contractNumber": "Вербобарчук-7", "suppliers": party("Ф.О.П. Вербобарчук М.Ю.", "00000000")}},
			}))
			// A contract whose tender is not known.
			put(t, s, marshal(map[string]any{
				"id": orphan, "contractID": "UA-2026-03-02-000002-a-a1", "tender_id": strings.Repeat("9", 32), "awardID": "x", "status": "active", "description": "Роботи Вербобарчука", "dateModified": "2026-03-05T12:00:00+02:00", "dateSigned": "2026-03-05T12:00:00+02:00",
				"buyer": buyer, "suppliers": party("Вербобарчук Марко Юхимович", "37615022"),
			}))
			put(t, s, marshal(map[string]any{
				"id": company, "contractID": "UA-2026-03-03-000003-a-a1", "tender_id": strings.Repeat("8", 32), "awardID": "x", "status": "active", "description": "Роботи", "dateModified": "2026-03-05T12:00:00+02:00", "dateSigned": "2026-03-05T12:00:00+02:00",
				"buyer": buyer, "suppliers": party("ТОВ «Зорька»", "37615022"),
			}))
			put(t, s, marshal(map[string]any{
				"id": plan, "planID": "UA-P-2026-03-01-000001-a", "dateModified": "2026-03-05T12:00:00+02:00", "procuringEntity": buyer, "budget": map[string]any{"amount": 1, "description": "Послуги ФОП Вербобарчук М. Ю., тел. 067 123 45 67"},
			}))

			// As the older version left it.
			raw := func(id string) []byte {
				var packed []byte
				if err := e.DB.Pool().QueryRow(ctx, "SELECT raw FROM procurement_documents WHERE id = $1", id).Scan(&packed); err != nil {
					t.Fatal(err)
				}
				b, err := Unpack(packed)
				if err != nil {
					t.Fatal(err)
				}
				return b
			}
			for _, id := range []string{tender, orphan} {
				e.Owner(t, "UPDATE procurement_documents SET slim = $2 WHERE id = $1", id, raw(id))
			}
			e.Owner(t, "DELETE FROM procurement_suppliers")
			e.Owner(t, `INSERT INTO procurement_suppliers (key, name, code, sole_trader, seen_at) VALUES ('UA-EDR-00000000', 'Ф.О.П. Вербобарчук М.Ю.', '00000000', false, '2027-01-01'),
				('UA-EDR-37615022', 'Вербобарчук Марко Юхимович', '37615022', false, '2027-01-01'), ('fop-0123456789abcdef', '', '', true, '2026-01-01'), ('UA-EDR-14360570', 'ТОВ «Давня»', '14360570', false, '2020-01-01')`)
			e.Owner(t, "UPDATE procurement_contracts SET supplier_key = 'UA-EDR-00000000', supplier_name = 'Ф.О.П. Вербобарчук М.Ю.', title = 'Роботи Вербобарчука', own_number = 'Вербобарчук-7' WHERE id IN ($1, $2)", contract, orphan)
			e.Owner(t, "UPDATE procurement_tenders SET title = 'Послуги Вербобарчук'")
			e.Owner(t, "UPDATE procurement_plans SET title = 'Послуги ФОП Вербобарчук М. Ю.'")
			e.Owner(t, `UPDATE procurement_register SET supplier_keys = CASE WHEN kind = 'plan' THEN '{}' ELSE '{UA-EDR-00000000}'::text[] END, supplier_name = 'Ф.О.П. Вербобарчук М.Ю.', title = 'Послуги Вербобарчук',
				search = search || array_to_tsvector('{вербобарчук,00000000}'::text[]) WHERE id <> $1`, company)
			e.Owner(t, `INSERT INTO procurement_payments (source_id, contract, contract_id, payer_code, payee_key, payee_name, amount, paid_on, details, loaded_at) VALUES
				('1', 'x', $1, '20345678', 'UA-EDR-37615022', 'Ф.О.П. Вербобарчук', 1, '2026-03-05', 'Вербобарчук, роботи', now()), ('2', 'x', $1, '20345678', 'UA-EDR-37615022', 'ТОВ «Зорька»', 2, '2026-03-05', 'тел. 067 123 45 67', now()),
				('3', 'x', $1, '20345678', 'UA-EDR-37615022', 'ТОВ «Зорька»', 3, '2026-03-05', 'за роботи', now())`, contract)
			if c.last != nil {
				e.Owner(t, "INSERT INTO procurement_checks (started_at, finished_at, method, extraction, tenders, changed) VALUES (now(), now(), $1, 1, 1, 0)", Method())
			}
			if !strings.Contains(strings.ToLower(dump(t, e)), "вербобарчук") {
				t.Fatal("the older version is not there")
			}

			if _, err := s.Recalculate(ctx, nil); err != nil {
				t.Fatal(err)
			}
			extra := ""
			for _, q := range []string{
				"SELECT coalesce(string_agg(to_jsonb(x)::text, ' '), '') FROM procurement_finds x", "SELECT coalesce(string_agg(to_jsonb(x)::text, ' '), '') FROM procurement_payments x",
				"SELECT coalesce(string_agg(convert_from(slim, 'UTF8'), ' '), '') FROM procurement_documents",
			} {
				var text string
				if err := e.DB.Pool().QueryRow(ctx, q).Scan(&text); err != nil {
					t.Fatal(err)
				}
				extra += text
			}
			after := strings.ToLower(dump(t, e) + extra)
			for _, secret := range []string{"вербобарчук", "юхимович", "067 123", "ua-edr-00000000", "fop-0123456789abcdef"} {
				if at := strings.Index(after, secret); at >= 0 {
					t.Errorf("%q is still there: …%s…", secret, strings.ToValidUTF8(after[max(0, at-100):min(len(after), at+60)], ""))
				}
			}
			for _, text := range []string{"Вербобарчук", "00000000"} {
				for _, kind := range []string{Contracts, Tenders, Plans} {
					if r := search(t, s, "kind="+kind+"&q="+url.QueryEscape(text)); r.Total != 0 {
						t.Errorf("%q finds %d of %s", text, r.Total, kind)
					}
				}
				if list, err := s.SuggestSuppliers(ctx, text, 10); err != nil || len(list) != 0 {
					t.Errorf("%q is suggested: %v %v", text, list, err)
				}
			}
			if _, err := s.Supplier(ctx, "UA-EDR-00000000"); !errs.Is(err, errs.KindNotFound) {
				t.Errorf("the page of the placeholder: %v", err)
			}
			v, err := s.Contract(ctx, "UA-2026-03-01-000001-a-a1")
			if err != nil || len(v.Suppliers) != 1 || !v.Suppliers[0].SoleTrader || v.SupplierKey != v.Suppliers[0].Key {
				t.Fatalf("%+v, %v", v, err)
			}
			if p, err := s.Supplier(ctx, v.SupplierKey); err != nil || !p.SoleTrader || p.Contracts != 1 || p.Name != "" {
				t.Errorf("the page of the sole trader: %+v, %v", p, err)
			}
			// Companies are where they were, under their own names.
			for key, name := range map[string]string{"UA-EDR-37615022": "ТОВ «Зорька»", "UA-EDR-14360570": "ТОВ «Давня»"} {
				if p, err := s.Supplier(ctx, key); err != nil || p.Name != name {
					t.Errorf("%s: %+v, %v", key, p, err)
				}
			}
			if n := e.Count(t, "SELECT count(*) FROM procurement_payments WHERE payee_name = 'ТОВ «Зорька»' AND payee_key = 'UA-EDR-37615022' AND contract_id = $1", contract); n != 2 {
				t.Errorf("%d payments of the company", n)
			}
			if n := e.Count(t, "SELECT count(*) FROM procurement_checks WHERE extraction = $1", extraction); n != 1 {
				t.Errorf("%d checks of this version", n)
			}
			// Once is enough.
			e.Owner(t, "UPDATE procurement_plans SET title = 'untouched'")
			if r, err := s.Recalculate(ctx, nil); err != nil || r.Changed != 0 {
				t.Errorf("the second check: %+v, %v", r, err)
			}
			if n := e.Count(t, "SELECT count(*) FROM procurement_plans WHERE title = 'untouched'"); n != 1 {
				t.Error("the second check extracts again")
			}
		})
	}
}
