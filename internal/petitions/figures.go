package petitions

import (
	"context"
	"time"
)

// Figures are the public numbers of how the city treats petitions.
type Figures struct {
	Gathering int // gather signatures now
	Reached   int // have ever gathered them
	Due       int // whose answer, or the announcement of its review, was due by now
	OnTime    int // of those, announced and answered within the terms
	Promised  int // supported, wholly or in part
	Done      int // of those, carried out
	Median    int // days from the announced review to the answer, of half of the answers at most; 0 without answers
	At        time.Time
}

// Figures counts them from the petitions themselves. An answer is on time when the
// review was announced and ended within the terms; a petition whose review nobody
// has announced in its term is due as well, and late.
func (s *Service) Figures(ctx context.Context) (Figures, error) {
	f := Figures{At: s.clock.Now()}
	err := s.db.ReadPool().QueryRow(ctx, `
		SELECT count(*) FILTER (WHERE state = 'gathering'), count(*) FILTER (WHERE reached_at IS NOT NULL),
		       count(*) FILTER (WHERE t.met_at IS NOT NULL OR t.due_at < $1 OR announced_at IS NULL AND a.due_at < $1),
		       count(*) FILTER (WHERE t.met_at <= t.due_at AND (a.met_at IS NULL OR a.met_at <= a.due_at)),
		       count(*) FILTER (WHERE state IN ('answered', 'done')), count(*) FILTER (WHERE state = 'done'),
		       coalesce(ceil(percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM answered_at - announced_at)) / 86400), 0)::integer
		  FROM petitions p LEFT JOIN LATERAL (
		    SELECT due_at, met_at FROM petition_terms t WHERE p.announced_at IS NOT NULL AND t.petition_id = p.id AND t.step = 'review' ORDER BY id DESC LIMIT 1) t ON true
		    LEFT JOIN LATERAL (SELECT due_at, met_at FROM petition_terms t WHERE p.reached_at IS NOT NULL AND t.petition_id = p.id AND t.step = 'announce' ORDER BY id DESC LIMIT 1) a ON true
		 WHERE legacy_source = ''`, f.At).
		Scan(&f.Gathering, &f.Reached, &f.Due, &f.OnTime, &f.Promised, &f.Done, &f.Median)
	return f, err
}
