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

var _ = []river.JobArgs{SendLetter{}, ProcessFile{}, SendAnswer{}, Housekeeping{}}
