package procurement

import (
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"ereception/internal/platform/db"
)

// importBatch is how many documents an import writes in one transaction.
const importBatch = 50

// Import stores the documents of files and of folders with all that is below
// them: API documents with or without their envelope {"data": …}, one to a file
// or as JSON Lines, gzip or not. A broken document goes to report and the others
// go on; a file that holds no document (a page of a feed, a classifier) is
// reported as skipped. report may be nil and is called by one goroutine at a
// time. An error is of the paths, of ctx or of the database; what was stored
// before it stays.
func (s *Service) Import(ctx context.Context, paths []string, source string, report func(ImportLine)) (ImportSummary, error) {
	files, err := documentFiles(paths)
	if err != nil {
		return ImportSummary{}, err
	}
	im := &importer{s: s, source: source, report: report}
	im.sum.Files = len(files)
	docs := make(chan fileDoc, 64)
	ready := make(chan *imported, 2*importBatch)
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(docs)
		for _, f := range files {
			if err := eachDocument(gctx, f, func(d fileDoc) error {
				select {
				case docs <- d:
					return nil
				case <-gctx.Done():
					return gctx.Err()
				}
			}, func(line int, err error) { im.say(ImportLine{File: f, Line: line, Err: err}) }); err != nil {
				return err
			}
		}
		return nil
	})
	var preparing sync.WaitGroup
	for range max(1, min(4, runtime.GOMAXPROCS(0))) {
		preparing.Add(1)
		g.Go(func() error {
			defer preparing.Done()
			for d := range docs {
				if p := im.prepare(d); p != nil {
					select {
					case ready <- p:
					case <-gctx.Done():
						return gctx.Err()
					}
				}
			}
			return nil
		})
	}
	go func() {
		preparing.Wait()
		close(ready)
	}()
	g.Go(func() error {
		batch := make([]*imported, 0, importBatch)
		for p := range ready {
			if batch = append(batch, p); len(batch) == importBatch {
				if err := im.flush(gctx, batch); err != nil {
					return err
				}
				batch = batch[:0]
			}
		}
		return im.flush(gctx, batch)
	})
	err = g.Wait()
	return im.sum, err
}

type imported struct {
	from fileDoc
	doc  *document
}

type importer struct {
	s      *Service
	source string
	report func(ImportLine)
	mu     sync.Mutex
	sum    ImportSummary
}

func (im *importer) say(l ImportLine) {
	im.mu.Lock()
	defer im.mu.Unlock()
	if l.Skipped {
		im.sum.Skipped++
	} else {
		im.sum.Bad++
	}
	if im.report != nil {
		im.report(l)
	}
}

func (im *importer) prepare(d fileDoc) *imported {
	raw, demo := unwrapSample(d.raw)
	doc, err := im.s.prepare(raw, im.source, demo)
	switch {
	case errors.Is(err, ErrNotDocument):
		im.say(ImportLine{File: d.file, Line: d.line, Err: err, Skipped: true})
		return nil
	case err != nil:
		im.say(ImportLine{File: d.file, Line: d.line, Err: err})
		return nil
	}
	return &imported{d, doc}
}

// unwrapSample reads a line of the packs that the portal carries, which say of a
// document that it is derived or synthetic.
func unwrapSample(raw []byte) ([]byte, bool) {
	var box struct {
		File string          `json:"file"`
		Demo bool            `json:"demo"`
		Data json.RawMessage `json:"data"`
	}
	if len(raw) == 0 || raw[0] != '{' || json.Unmarshal(raw, &box) != nil || box.File == "" || len(box.Data) == 0 {
		return raw, false
	}
	return box.Data, box.Demo
}

// flush stores a batch. When the database refuses it, the documents are tried
// one by one, so that one of them cannot keep the others out.
func (im *importer) flush(ctx context.Context, batch []*imported) error {
	if len(batch) == 0 {
		return nil
	}
	docs := make([]*document, len(batch))
	for i, p := range batch {
		docs[i] = p.doc
	}
	err := im.put(ctx, docs)
	if err == nil || ctx.Err() != nil || db.Down(err) || db.Code(err) == "" {
		return err
	}
	for _, p := range batch {
		err := im.put(ctx, []*document{p.doc})
		switch {
		case err == nil:
		case ctx.Err() != nil || db.Down(err) || db.Code(err) == "":
			return err
		default:
			im.say(ImportLine{File: p.from.file, Line: p.from.line, Err: err})
		}
	}
	return nil
}

func (im *importer) put(ctx context.Context, docs []*document) error {
	var changed []bool
	err := im.s.write(ctx, func(tx *db.Tx) (err error) {
		changed, err = im.s.store(ctx, tx, docs)
		return err
	})
	if err != nil {
		return err
	}
	im.mu.Lock()
	defer im.mu.Unlock()
	for _, c := range changed {
		im.sum.Documents++
		if c {
			im.sum.Changed++
		} else {
			im.sum.Unchanged++
		}
	}
	return nil
}
