// Package kind holds the arguments of every job, so that an area can ask for
// work of another area without importing it. Arguments carry ids alone: they
// lie in the database in the clear and show up in logs.
package kind

import "github.com/riverqueue/river"

// SendLetter sends one row of letters. The row, not the job, knows the
// Message-ID, so a job that runs twice sends the same letter.
type SendLetter struct {
	LetterID int64 `json:"letter_id"`
}

// Kind names the job.
func (SendLetter) Kind() string { return "send_letter" }

// ProcessFile re-encodes an uploaded photo without its metadata and makes the thumbnail.
type ProcessFile struct {
	FileID int64 `json:"file_id"`
}

// Kind names the job.
func (ProcessFile) Kind() string { return "process_file" }

// SendAnswer renders the signed answer as PDF, stores it, sends the letter and
// marks the answer as sent.
type SendAnswer struct {
	AnswerID int64 `json:"answer_id"`
}

// Kind names the job.
func (SendAnswer) Kind() string { return "send_answer" }

// Housekeeping is the daily round: partitions of the trail, old tokens,
// counters and drafts, orphaned blobs.
type Housekeeping struct{}

// Kind names the job.
func (Housekeeping) Kind() string { return "housekeeping" }

// PurchasesSync follows the API of the purchases for a while: new ids, then
// their documents.
type PurchasesSync struct{}

// Kind names the job.
func (PurchasesSync) Kind() string { return "purchases_sync" }

// PurchasesNight asks again for every purchase whose life goes on, and once a
// week for the whole list: what the feeds kept back.
type PurchasesNight struct{}

// Kind names the job.
func (PurchasesNight) Kind() string { return "purchases_night" }

// PurchasesCheck calculates the indicators of every purchase anew: the rule of
// one year can change a value with no change of a document.
type PurchasesCheck struct{}

// Kind names the job.
func (PurchasesCheck) Kind() string { return "purchases_check" }

// PurchasesMark tells the purchases of the city's buyers from those of others
// anew, after the list of buyers changed.
type PurchasesMark struct{}

// Kind names the job.
func (PurchasesMark) Kind() string { return "purchases_mark" }

// PurchasesDigest sends to whoever follows a search what is new in it.
type PurchasesDigest struct{}

// Kind names the job.
func (PurchasesDigest) Kind() string { return "purchases_digest" }

// PetitionAppeal makes an ordinary appeal of a petition that did not gather its
// signatures (Закон 393/96-ВР, ст. 23-1), and takes it back of one that has them
// after all.
type PetitionAppeal struct {
	PetitionID int64 `json:"petition_id"`
}

// Kind names the job.
func (PetitionAppeal) Kind() string { return "petition_appeal" }

// PetitionNews tells those who follow a petition what became of it; each is told
// once.
type PetitionNews struct {
	PetitionID int64  `json:"petition_id"`
	What       string `json:"what"`
}

// Kind names the job.
func (PetitionNews) Kind() string { return "petition_news" }

// PetitionsGuard looks for forged signatures on petitions that are being signed.
type PetitionsGuard struct{}

// Kind names the job.
func (PetitionsGuard) Kind() string { return "petitions_guard" }

// PetitionsCheck compares the counters of every petition with its signatures.
type PetitionsCheck struct{}

// Kind names the job.
func (PetitionsCheck) Kind() string { return "petitions_check" }

// PetitionExchange tells the national platform of one petition that has changed.
type PetitionExchange struct {
	PetitionID int64 `json:"petition_id"`
}

// Kind names the job.
func (PetitionExchange) Kind() string { return "petition_exchange" }

// PetitionsExchange is the hourly round of the exchange with the national platform.
type PetitionsExchange struct{}

// Kind names the job.
func (PetitionsExchange) Kind() string { return "petitions_exchange" }

// PetitionsForget erases hashes of addresses whose term is over.
type PetitionsForget struct{}

// Kind names the job.
func (PetitionsForget) Kind() string { return "petitions_forget" }

// PetitionKnown settles the signatures of an account of which it became known to
// which human being it belongs.
type PetitionKnown struct {
	PersonID int64 `json:"person_id"`
}

// Kind names the job.
func (PetitionKnown) Kind() string { return "petition_known" }

var _ = []river.JobArgs{
	SendLetter{},
	ProcessFile{},
	SendAnswer{},
	Housekeeping{},
	PurchasesSync{},
	PurchasesNight{},
	PurchasesCheck{},
	PurchasesMark{},
	PurchasesDigest{},
	PetitionAppeal{},
	PetitionNews{},
	PetitionsGuard{},
	PetitionsCheck{},
	PetitionExchange{},
	PetitionsExchange{},
	PetitionsForget{},
	PetitionKnown{},
}
