package appeals

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/files"
	"ereception/internal/platform/jobs/kind"
)

// FilesMax is how many files one draft, one answer or one message may hold.
const FilesMax = 5

// File is one attached file.
type File struct {
	ID        int64
	OwnerID   int64
	DraftID   *uuid.UUID
	AppealID  *int64
	AnswerID  *int64
	MessageID *int64 // of the appeal's thread; AppealID is set too
	Name      string
	Mime      string
	Size      int64
	Sha256    []byte
	BlobKey   string
	ThumbKey  string
	State     string // incoming: the photo still waits for its re-encoding; ready; refused
	At        time.Time
}

const fileColumns = "id, owner_id, draft_id, appeal_id, answer_id, message_id, name, mime, size, sha256, blob_key, thumb_key, state, created_at"

func scanFile(r pgx.CollectableRow) (File, error) {
	var f File
	err := r.Scan(&f.ID, &f.OwnerID, &f.DraftID, &f.AppealID, &f.AnswerID, &f.MessageID, &f.Name, &f.Mime, &f.Size, &f.Sha256, &f.BlobKey, &f.ThumbKey, &f.State, &f.At)
	return f, err
}

func (s *Service) filesWhere(ctx context.Context, where string, p ...any) ([]File, error) {
	q, err := s.db.ReadPool().Query(ctx, "SELECT "+fileColumns+" FROM files WHERE "+where+" ORDER BY id", p...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(q, scanFile)
}

// filesOf reads the files of an answer within a write.
func filesOf(tx *db.Tx, answerID int64) ([]File, error) {
	q, err := tx.Pgx().Query(tx.Statement.Context, "SELECT "+fileColumns+" FROM files WHERE answer_id = $1 ORDER BY id", answerID)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(q, scanFile)
}

// AttachToDraft takes a file of the applicant. The blob is stored before the
// row: a crash between the two leaves an orphan, which is swept, never a row
// without its blob. Errors of files.Accept are for the person to read.
func (s *Service) AttachToDraft(ctx context.Context, who authz.Actor, draft uuid.UUID, name string, r io.Reader) (File, error) {
	var own bool
	if err := s.db.ReadPool().QueryRow(ctx, "SELECT EXISTS (SELECT FROM appeal_drafts WHERE id = $1 AND author_id = $2)", draft, who.ID).Scan(&own); err != nil {
		return File{}, err
	}
	if !own {
		return File{}, errs.NotFound()
	}
	acc, err := s.blobs.Accept(ctx, name, r)
	if err != nil {
		return File{}, err
	}
	var f File
	err = s.db.Write(ctx, who, authz.AppealFile, func(tx *db.Tx) error {
		if err := tx.Authorize(ownDraft{who.ID}); err != nil {
			return err
		}
		// The draft is locked, so that two windows cannot pass the limit together.
		held, err := tx.Pgx().Exec(ctx, "SELECT 1 FROM appeal_drafts WHERE id = $1 AND author_id = $2 FOR UPDATE", draft, who.ID)
		if err != nil {
			return err
		}
		if held.RowsAffected() == 0 { // filed or thrown away while the file came
			return errs.NotFound()
		}
		f, err = insertFile(tx, who, acc, "draft_id", draft)
		return err
	})
	return f, err
}

// AttachToAnswer adds a file to the draft of an answer; the draft must have been saved.
func (s *Service) AttachToAnswer(ctx context.Context, who authz.Actor, number string, name string, r io.Reader) (File, error) {
	if c, err := s.Case(ctx, who, number); err != nil {
		return File{}, err
	} else if !c.executes(who) {
		return File{}, errs.Forbidden("errors.forbidden")
	}
	acc, err := s.blobs.Accept(ctx, name, r)
	if err != nil {
		return File{}, err
	}
	var f File
	err = s.db.Write(ctx, who, authz.AnswerDraft, func(tx *db.Tx) error {
		a, err := lock(tx, number)
		if err != nil {
			return err
		}
		if err := tx.Authorize(a); err != nil {
			return err
		}
		n, err := lockAnswer(tx, a.ID)
		if err != nil || n == nil || n.State == AnswerSubmitted {
			return orConflict(err)
		}
		if f, err = insertFile(tx, who, acc, "answer_id", n.ID); err != nil {
			return err
		}
		return addAuthor(tx, n)
	})
	return f, err
}

// insertFile adds a file to a draft or an answer that has room for it. column is
// one of two names of this file, never input.
func insertFile(tx *db.Tx, who authz.Actor, acc files.Accepted, column string, parent any) (File, error) {
	ctx := tx.Statement.Context
	var n int
	if err := tx.Pgx().QueryRow(ctx, "SELECT count(*) FROM files WHERE "+column+" = $1", parent).Scan(&n); err != nil {
		return File{}, err
	}
	if n >= FilesMax {
		return File{}, errs.Invalid("files.too_many", "n", FilesMax)
	}
	return putFile(tx, who, acc, column, parent, nil)
}

// putFile writes the row and promises the re-encoding of a photo. column is never
// input; message is the one that the file came with.
func putFile(tx *db.Tx, who authz.Actor, acc files.Accepted, column string, parent any, message *int64) (File, error) {
	ctx := tx.Statement.Context
	state := "ready"
	if acc.NeedsProcessing() {
		state = "incoming"
	}
	q, err := tx.Pgx().Query(ctx, `INSERT INTO files (owner_id, `+column+`, message_id, name, mime, size, sha256, blob_key, state, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING `+fileColumns,
		who.ID, parent, message, acc.Name, acc.MIME, acc.Size, acc.SHA256, acc.Key, state, tx.Now)
	if err != nil {
		return File{}, err
	}
	f, err := pgx.CollectExactlyOneRow(q, scanFile)
	if err != nil {
		return File{}, err
	}
	if state == "incoming" {
		tx.Enqueue(kind.ProcessFile{FileID: f.ID})
	}
	return f, nil
}

// DropFile removes a file from an own draft; the blob is swept later.
func (s *Service) DropFile(ctx context.Context, who authz.Actor, draft uuid.UUID, id int64) error {
	return s.db.Write(ctx, who, authz.AppealFile, func(tx *db.Tx) error {
		if err := tx.Authorize(ownDraft{who.ID}); err != nil {
			return err
		}
		res := tx.Exec("DELETE FROM files WHERE id = ? AND draft_id = ? AND owner_id = ?", id, draft, who.ID)
		if res.Error == nil && res.RowsAffected == 0 {
			return errs.NotFound()
		}
		return res.Error
	})
}

// DropAnswerFile removes a file from the draft of an answer.
func (s *Service) DropAnswerFile(ctx context.Context, who authz.Actor, number string, id int64) error {
	return s.db.Write(ctx, who, authz.AnswerDraft, func(tx *db.Tx) error {
		a, err := lock(tx, number)
		if err != nil {
			return err
		}
		if err := tx.Authorize(a); err != nil {
			return err
		}
		n, err := lockAnswer(tx, a.ID)
		if err != nil || n == nil || n.State == AnswerSubmitted {
			return orConflict(err)
		}
		res := tx.Exec("DELETE FROM files WHERE id = ? AND answer_id = ?", id, n.ID)
		if res.Error != nil || res.RowsAffected == 0 {
			return res.Error
		}
		return addAuthor(tx, n)
	})
}

// addAuthor counts whoever changes the files of an answer among its authors:
// they are a part of what is signed.
func addAuthor(tx *db.Tx, n *Answer) error {
	if slices.Contains(n.Authors, tx.Actor.ID) {
		return nil
	}
	// The version stays: the text that other pages show is the same.
	return tx.Exec("UPDATE answers SET authors = array_append(authors, ?) WHERE id = ?", tx.Actor.ID, n.ID).Error
}

// ProcessFile is the work of kind.ProcessFile: the photo is encoded anew, so
// that nothing of its metadata is left, and gets its thumbnail. A photo that
// cannot be decoded is refused and never shown.
func (s *Service) ProcessFile(ctx context.Context, job kind.ProcessFile) error {
	// The primary is asked: a replica that is behind does not know the file yet.
	q, err := s.db.Pool().Query(ctx, "SELECT "+fileColumns+" FROM files WHERE id = $1", job.FileID)
	if err != nil {
		return err
	}
	f, err := pgx.CollectOneRow(q, scanFile)
	if db.IsNotFound(err) || err == nil && f.State != "incoming" {
		return nil
	}
	if err != nil {
		return err
	}
	done, perr := s.blobs.Process(ctx, files.Accepted{Name: f.Name, MIME: f.Mime, Size: f.Size, Key: f.BlobKey})
	if perr != nil && !errs.Is(perr, errs.KindInvalid) {
		return perr
	}
	return s.db.Write(ctx, authz.System("process-file"), authz.JobRun, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		if perr != nil {
			return tx.Exec("UPDATE files SET state = 'refused' WHERE id = ?", f.ID).Error
		}
		return tx.Exec("UPDATE files SET state = 'ready', blob_key = ?, thumb_key = ?, mime = ?, size = ?, sha256 = ?, name = ? WHERE id = ?",
			done.Key, done.ThumbKey, done.MIME, done.Size, done.SHA256, done.Name, f.ID).Error
	})
}

// OpenFile opens a file for whoever may see its draft or its appeal; thumb asks
// for the thumbnail. An answer's file is the applicant's once the answer is signed.
func (s *Service) OpenFile(ctx context.Context, who authz.Actor, id int64, thumb bool) (File, io.ReadSeekCloser, error) {
	list, err := s.filesWhere(ctx, "id = $1", id)
	if err != nil {
		return File{}, nil, err
	}
	if len(list) == 0 {
		return File{}, nil, errs.NotFound()
	}
	f := list[0]
	if err := s.maySeeFile(ctx, who, f); err != nil {
		return File{}, nil, err
	}
	if f.State == "refused" || thumb && f.ThumbKey == "" {
		return File{}, nil, errs.NotFound()
	}
	key := f.BlobKey
	if thumb {
		key, f.Mime = f.ThumbKey, "image/jpeg"
	}
	r, err := s.blobs.Open(ctx, key)
	return f, r, err
}

func (s *Service) maySeeFile(ctx context.Context, who authz.Actor, f File) error {
	var number string
	var signed bool
	switch {
	case f.AppealID != nil:
		if err := s.db.ReadPool().QueryRow(ctx, "SELECT number FROM appeals WHERE id = $1", *f.AppealID).Scan(&number); err != nil {
			return err
		}
		signed = true
	case f.AnswerID != nil:
		if err := s.db.ReadPool().QueryRow(ctx, "SELECT a.number, n.signed_at IS NOT NULL FROM answers n JOIN appeals a ON a.id = n.appeal_id WHERE n.id = $1", *f.AnswerID).Scan(&number, &signed); err != nil {
			return err
		}
	default:
		if who.SignedIn() && f.OwnerID == who.ID {
			return nil
		}
		return errs.NotFound()
	}
	if _, err := s.Case(ctx, who, number); err == nil {
		return nil
	}
	if !signed {
		return errs.NotFound()
	}
	_, err := s.Own(ctx, who, number)
	return err
}

// OpenPDF opens the paper of the answer n of an appeal, from 1, for whoever may
// see the appeal, also while a next answer is being written; 0 is the latest
// signed one.
func (s *Service) OpenPDF(ctx context.Context, who authz.Actor, number string, n int) (name string, r io.ReadSeekCloser, err error) {
	c, err := s.load(ctx, number, "state IN ('signed', 'sent')")
	if err != nil {
		return "", nil, err
	}
	if !c.visible(who) || c.Answer == nil {
		return "", nil, errs.NotFound()
	}
	name, key := c.Number+".pdf", c.Answer.PdfKey
	if n != 0 && n != len(c.Earlier)+1 {
		i := slices.IndexFunc(c.Earlier, func(g Given) bool { return g.N == n })
		if i < 0 {
			return "", nil, errs.NotFound()
		}
		name, key = fmt.Sprintf("%s-%d.pdf", c.Number, n), c.Earlier[i].PdfKey
	}
	if key == "" { // it is still being made
		return "", nil, errs.NotFound()
	}
	r, err = s.blobs.Open(ctx, key)
	return name, r, err
}

// How long what was never sent is kept (Закон 2297-VI, ст. 6, ч. 8: no longer
// than the purpose needs).
const (
	keepDrafts = 90 * 24 * time.Hour // since the last word of it
	keepStray  = 24 * time.Hour      // files whose draft is gone, or whose word never came
)

// Sweep deletes drafts that were abandoned and files that belong to nothing any
// more; the daily round calls it. The blobs go with the sweep of the store.
func (s *Service) Sweep(ctx context.Context) error {
	return s.db.Write(ctx, authz.System("housekeeping"), authz.JobRun, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		if err := tx.Exec("DELETE FROM appeal_drafts WHERE updated_at < ?", tx.Now.Add(-keepDrafts)).Error; err != nil {
			return err
		}
		return tx.Exec("DELETE FROM files WHERE "+stray+" AND created_at < ?",
			tx.Now.Add(-keepStray)).Error
	})
}

// BlobKeys tells which blobs are in use; the sweep removes the others.
func (s *Service) BlobKeys(ctx context.Context) (map[string]bool, error) {
	q, err := s.db.ReadPool().Query(ctx, "SELECT blob_key FROM files UNION SELECT thumb_key FROM files UNION SELECT pdf_key FROM answers")
	if err != nil {
		return nil, err
	}
	keys, err := pgx.CollectRows(q, pgx.RowTo[string])
	out := make(map[string]bool, len(keys))
	for _, k := range keys {
		out[k] = true
	}
	return out, err
}
