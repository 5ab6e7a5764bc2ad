package procurement

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"ereception/internal/platform/db"
)

// samplePack holds the documents that the portal carries, see data/SOURCES.md.
//
//go:embed data/sample.jsonl.gz
var samplePack []byte

// proposedBuyers are the buyers that the demonstration proposes. The codes are
// not confirmed against the register of legal entities, and say so.
var proposedBuyers = []Buyer{
	{Code: "04053625", Name: "Виконавчий комітет Житомирської міської ради", Role: "council"},
	{Code: SampleBuyer, Name: "КНП «Зразкова установа»", Role: "institution", Demo: true},
}

// SampleBuyer is the code of the invented buyer of the derived purchases. It
// stands in the list of buyers as a demonstration, so that its purchases stay
// examples, and so that a unit can explain them. With this check digit nobody has it.
const SampleBuyer = "00009999"

// SampleExplained is the derived purchase beside which the demonstration
// publishes an explanation. The other derived ones stay unexplained.
const SampleExplained = "UA-2020-01-20-900201-a"

// sampleAge is how long before the first load the derived and synthetic documents
// seem to have changed last: recent enough for every indicator to be calculated.
const sampleAge = 30 * 24 * time.Hour

var dateText = regexp.MustCompile(`"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[^"]{0,40})?"`)

// shiftDates moves every date of a document by whole days.
func shiftDates(raw []byte, days int) []byte {
	return dateText.ReplaceAllFunc(raw, func(b []byte) []byte {
		d, err := time.Parse(time.DateOnly, string(b[1:11]))
		if err != nil {
			return b
		}
		return append([]byte(`"`+d.AddDate(0, 0, days).Format(time.DateOnly)), b[11:]...)
	})
}

// freshen moves the dates of derived and synthetic documents, which never were
// purchases, near to now; a contract moves with its tender. Real ones stay.
func freshen(docs []fileDoc, now time.Time) []fileDoc {
	type doc struct {
		File string          `json:"file"`
		Demo bool            `json:"demo"`
		Data json.RawMessage `json:"data"`
	}
	lines := make([]doc, len(docs))
	heads := make([]headJSON, len(docs))
	days := map[string]int{}
	age := func(h headJSON) int {
		return int(now.Add(-sampleAge).Sub(firstMoment(h.Modified, h.Date, h.Created, h.Signed)) / (24 * time.Hour))
	}
	for i := range docs {
		if lenient(docs[i].raw, &lines[i]) == nil && lines[i].Demo && lenient(lines[i].Data, &heads[i]) == nil && heads[i].TenderNumber != "" {
			days[heads[i].ID] = age(heads[i])
		}
	}
	for i := range docs {
		if !lines[i].Demo {
			continue
		}
		n, ok := days[heads[i].ID]
		if !ok {
			n, ok = days[heads[i].TenderID]
		}
		if !ok {
			n = age(heads[i])
		}
		docs[i].raw = shiftDates(docs[i].raw, n)
	}
	return docs
}

// LoadSample fills an empty mirror with the documents that the portal carries:
// real purchases of other buyers, marked as examples, and derived ones, marked
// as demonstration and as of last month. A mirror that holds anything is left alone.
func (s *Service) LoadSample(ctx context.Context) (ImportSummary, error) {
	var some bool
	if err := s.db.Pool().QueryRow(ctx, "SELECT EXISTS (SELECT FROM procurement_documents)").Scan(&some); err != nil || some {
		return ImportSummary{}, err
	}
	err := s.write(ctx, func(tx *db.Tx) error {
		for _, b := range proposedBuyers {
			if _, err := tx.Pgx().Exec(ctx, `INSERT INTO procurement_buyers (code, name, role, demo, created_at) VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (code) DO NOTHING`, b.Code, b.Name, b.Role, b.Demo, tx.Now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return ImportSummary{}, err
	}
	im := &importer{s: s, source: FromDemo}
	z, err := gzip.NewReader(bytes.NewReader(samplePack))
	if err != nil {
		return im.sum, err
	}
	var docs []fileDoc
	var bad error
	err = eachObject(ctx, "sample", z, func(d fileDoc) error {
		docs = append(docs, d)
		return nil
	}, func(line int, err error) { bad = fmt.Errorf("document %d of the sample: %w", line, err) })
	if err == nil {
		err = bad
	}
	var batch []*imported
	for _, d := range freshen(docs, s.clock.Now()) {
		if p := im.prepare(d); p != nil {
			batch = append(batch, p)
		}
	}
	if err == nil {
		err = im.flush(ctx, batch)
	}
	if err == nil && im.sum.Bad+im.sum.Skipped > 0 {
		err = fmt.Errorf("%d documents of the sample cannot be read", im.sum.Bad+im.sum.Skipped)
	}
	return im.sum, err
}
