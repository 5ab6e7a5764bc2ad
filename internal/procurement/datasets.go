package procurement

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"ereception/internal/platform/errs"
	"ereception/internal/procurement/indicator"
)

// DataSets are the small sets of open data beside searches and values: what the
// pages tell of the indicators, of the monitorings and of the buyers' explanations.
// The names of fields and sets are part of the open data and do not change.
var DataSets = []string{"registry", "monitorings", "explanations"}

// ExportSet writes a set of DataSets as CSV or JSON, words of the registry in the
// language of locale. As on the pages, examples of other buyers are left out once
// the city has purchases. Errors: errs.NotFound for another set or format, those of
// Export otherwise.
func (s *Service) ExportSet(ctx context.Context, w io.Writer, set, format, locale string) error {
	if format != "csv" && format != "json" {
		return errs.NotFound()
	}
	switch set {
	case "registry":
		return exportRegistry(w, format, locale)
	case "monitorings":
		return s.exportMonitorings(ctx, w, format)
	case "explanations":
		return s.exportExplanations(ctx, w, format)
	}
	return errs.NotFound()
}

// registryLine is an indicator that is known.
type registryLine struct {
	ID         string `json:"id"`
	Generation string `json:"generation"`
	Name       string `json:"name"`
	Level      string `json:"level"`
	InForce    bool   `json:"in_force"`
	Calculated bool   `json:"calculated"`
	Rule       string `json:"rule"`    // the indicator by whose rule it is calculated
	Version    string `json:"version"` // of that rule
	WhyNot     string `json:"why_not"`
	Legal      string `json:"legal"`
	Inferred   bool   `json:"inferred"`
	Method     string `json:"method"`
}

func exportRegistry(w io.Writer, format, locale string) error {
	out, err := newSheet(format, w, []string{"id", "generation", "name", "level", "in_force", "calculated", "rule", "version", "why_not", "legal", "inferred", "method"}, "registry")
	if err != nil {
		return err
	}
	versions := map[string]string{}
	for _, r := range indicator.All() {
		versions[r.ID] = r.Version
	}
	for _, e := range append(indicator.Additional(), indicator.Registry()...) {
		r := registryLine{
			ID: e.ID, Generation: e.Generation, Name: e.Name, Level: string(e.Level), InForce: e.InForce(), Calculated: e.Calculated(), Rule: e.Rule,
			Version: versions[e.Rule], WhyNot: e.WhyNot(locale), Legal: e.Legal, Inferred: e.Inferred, Method: Method(),
		}
		cells := func() []string {
			return []string{
				r.ID, r.Generation, r.Name, r.Level, strconv.FormatBool(r.InForce), strconv.FormatBool(r.Calculated), r.Rule, r.Version, r.WhyNot, r.Legal,
				strconv.FormatBool(r.Inferred), r.Method,
			}
		}
		if err := out.row(r, cells, nil); err != nil {
			return err
		}
	}
	return out.close()
}

// monitoringLine is an official monitoring of the State Audit Service.
type monitoringLine struct {
	Number       string     `json:"number"`
	TenderNumber string     `json:"tender_number"`
	TenderID     string     `json:"tender_id"`
	BuyerCode    string     `json:"buyer_code"`
	Status       string     `json:"status"`
	Reasons      []string   `json:"reasons"`
	Stages       []string   `json:"stages"`
	Violation    *bool      `json:"violation"` // null: there is no conclusion yet
	Violations   []string   `json:"violations"`
	StartedOn    *time.Time `json:"started_on"`
	ConcludedOn  *time.Time `json:"concluded_on"`
	ModifiedAt   time.Time  `json:"date_modified"`
	Example      bool       `json:"example"`
	Demo         bool       `json:"demo"`
}

func (s *Service) exportMonitorings(ctx context.Context, w io.Writer, format string) error {
	out, err := newSheet(format, w, []string{
		"number", "tender_number", "tender_id", "buyer_code", "status", "reasons", "stages", "violation", "violations", "started_on", "concluded_on", "date_modified", "example", "demo",
	}, "monitorings")
	if err != nil {
		return err
	}
	only, err := s.published(ctx)
	if err != nil {
		return err
	}
	err = s.stream(ctx, `SELECT m.number, t.number, t.id, t.buyer_code, m.status, m.reasons, m.stages, m.violation, m.violations, m.started_on, m.concluded_on, m.modified_at, t.example, t.demo
		FROM procurement_monitorings m JOIN procurement_tenders t ON t.id = m.tender_id WHERE `+only+" ORDER BY m.id", nil, func(row pgx.CollectableRow) error {
		var r monitoringLine
		if err := row.Scan(&r.Number, &r.TenderNumber, &r.TenderID, &r.BuyerCode, &r.Status, &r.Reasons, &r.Stages, &r.Violation, &r.Violations, &r.StartedOn, &r.ConcludedOn, &r.ModifiedAt, &r.Example, &r.Demo); err != nil {
			return err
		}
		if noCode(r.BuyerCode) {
			r.BuyerCode = ""
		}
		violation := ""
		if r.Violation != nil {
			violation = strconv.FormatBool(*r.Violation)
		}
		return out.row(r, func() []string {
			return []string{
				r.Number, r.TenderNumber, r.TenderID, r.BuyerCode, r.Status, strings.Join(r.Reasons, " "), strings.Join(r.Stages, " "), violation, strings.Join(r.Violations, " "),
				instant(r.StartedOn), instant(r.ConcludedOn), instant(&r.ModifiedAt), strconv.FormatBool(r.Example), strconv.FormatBool(r.Demo),
			}
		}, nil)
	})
	if err != nil {
		return err
	}
	return out.close()
}

// explanationLine is what a unit of the buyer says of a sign.
type explanationLine struct {
	TenderNumber   string    `json:"tender_number"`
	ContractNumber string    `json:"contract_number"` // empty: of the whole purchase
	Indicator      string    `json:"indicator"`       // empty: of no sign in particular
	BuyerCode      string    `json:"buyer_code"`
	AuthorName     string    `json:"author_name"`
	AuthorPost     string    `json:"author_post"`
	Text           string    `json:"text"`
	PublishedAt    time.Time `json:"published_at"`
	Demo           bool      `json:"demo"`
}

func (s *Service) exportExplanations(ctx context.Context, w io.Writer, format string) error {
	out, err := newSheet(format, w, []string{"tender_number", "contract_number", "indicator", "buyer_code", "author_name", "author_post", "text", "published_at", "demo"}, "explanations")
	if err != nil {
		return err
	}
	only, err := s.published(ctx)
	if err != nil {
		return err
	}
	err = s.stream(ctx, `SELECT t.number, coalesce(c.number, ''), e.indicator, e.buyer_code, e.author_name, e.author_post, e.body, e.published_at, t.demo
		FROM procurement_explanations e JOIN procurement_tenders t ON t.id = e.tender_id LEFT JOIN procurement_contracts c ON c.id = e.contract_id
		WHERE e.withdrawn_at IS NULL AND `+only+" ORDER BY e.id", nil, func(row pgx.CollectableRow) error {
		var r explanationLine
		if err := row.Scan(&r.TenderNumber, &r.ContractNumber, &r.Indicator, &r.BuyerCode, &r.AuthorName, &r.AuthorPost, &r.Text, &r.PublishedAt, &r.Demo); err != nil {
			return err
		}
		return out.row(r, func() []string {
			return []string{r.TenderNumber, r.ContractNumber, r.Indicator, r.BuyerCode, r.AuthorName, r.AuthorPost, r.Text, instant(&r.PublishedAt), strconv.FormatBool(r.Demo)}
		}, nil)
	})
	if err != nil {
		return err
	}
	return out.close()
}

// published is the condition of a tender t that data sets tell of.
func (s *Service) published(ctx context.Context) (string, error) {
	city, err := s.cityOnly(ctx)
	if city {
		return "t.mode <> 'test' AND NOT t.example", err
	}
	return "t.mode <> 'test'", err
}

func instant(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
