// Package procurement is the city's window on its purchases: a mirror of the
// public OpenProcurement API (Prozorro) with the risk indicators of the State
// Audit Service calculated over it.
//
// One document of the API goes in by Put, whichever way it came: followed from
// the API (package mirror), imported from files, or carried with the demo. What
// Put writes depends on the documents alone and not on their order: the raw
// document compressed, the part of it that the indicators read, the extracted
// columns, the row of the register that every search reads, and the values of
// the indicators of the tender that the document belongs to, all in one
// transaction. A document that is not newer than the stored one changes nothing.
//
// A natural person (a sole trader, «фізична особа-підприємець») is kept under a
// keyed hash and without a name: Закон 2297-VI, ст. 6, no more data than the
// purpose asks. Who is one is told by the identifier and by the name, see person.go:
// codes of the source are wrong, placeholders and missing. Free texts are kept and
// shown without the people of their document and without telephones, e-mail and
// accounts of anybody, see mask.go for what that can do. Only the compressed raw
// document holds what the source published.
//
// A value of an indicator is a sign, never a verdict.
package procurement

import (
	"log/slog"
	"time"

	"ereception/internal/platform/clock"
	"ereception/internal/platform/db"
)

// Kinds of documents.
const (
	Tenders     = "tender"
	Contracts   = "contract"
	Plans       = "plan"
	Monitorings = "monitoring"
)

// Ways by which a document came.
const (
	FromAPI    = "api"
	FromImport = "import"
	FromDemo   = "demo"
)

// Service is the one door to the city's purchases. It is safe for concurrent use.
type Service struct {
	db     *db.DB
	clock  clock.Clock
	secret []byte // of the hashes that stand for sole traders
	log    *slog.Logger
	reads  reads // figures that pages share
}

// New builds the service. secret must stay the same for the life of the
// database: the keys of sole traders depend on it.
func New(d *db.DB, clk clock.Clock, secret []byte, log *slog.Logger) *Service {
	return &Service{db: d, clock: clk, secret: secret, log: log}
}

// PutResult says what became of a document. TenderID is the tender that it
// belongs to: its own id for a tender, empty for a plan without a tender.
// Changed is false when the stored document is as new or newer.
type PutResult struct {
	Resource string
	ID       string
	Number   string
	TenderID string
	Changed  bool
}

// Buyer is one buyer of the city, by its code of ЄДР.
type Buyer struct {
	ID        int64
	Code      string
	Name      string
	Role      string     // council, department, institution, enterprise, other
	UnitID    *int64     // whose officials may publish an explanation
	ValidFrom *time.Time // days (Kyiv) on which it counts as the city's; nil: no bound
	ValidTo   *time.Time
	Verified  bool // confirmed against the register of legal entities
	Demo      bool
	Version   int
	CreatedAt time.Time
}

// TableName is for gorm.
func (Buyer) TableName() string { return "procurement_buyers" }

// On reports whether the buyer counts as the city's on the day.
func (b Buyer) On(day time.Time) bool {
	d := kyivDay(day)
	return (b.ValidFrom == nil || !d.Before(kyivDate(*b.ValidFrom))) && (b.ValidTo == nil || !d.After(kyivDate(*b.ValidTo)))
}

// ImportLine is one thing that Import has to say about a file: what is wrong
// with a document (Err), or that a file holds no document (Skipped).
type ImportLine struct {
	File    string
	Line    int // of JSON Lines; 0: the file as a whole
	Err     error
	Skipped bool
}

// ImportSummary counts the documents of an import.
type ImportSummary struct {
	Files     int
	Documents int
	Changed   int
	Unchanged int // as new as the stored ones
	Skipped   int // files that hold no document
	Bad       int
}
