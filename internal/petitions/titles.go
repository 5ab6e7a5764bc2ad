package petitions

import (
	"cmp"
	"context"
	"maps"
	"math"
	"math/bits"
	"runtime/debug"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"ereception/internal/city"
	"ereception/internal/platform/ukrtext"
)

// titleIndex holds the words of the titles of public petitions in memory, so
// that what is like a text is found while it is typed. It is built when it is
// first asked, and then follows the database: what this process changes at once,
// what others change within titlesEvery. It says where to look and is never the
// word on what is public.
type titleIndex struct {
	asking  sync.Mutex // one refresh at a time
	mu      sync.RWMutex
	now     *titles // nil: not built yet
	built   time.Time
	checked time.Time
	event   int64 // the last event that is in the index
	dirty   map[int64]bool
	all     bool // everything has to be read anew
	scratch sync.Pool
}

// titles is the index itself.
type titles struct {
	terms  map[string]uint32
	words  []term
	sorted []uint32 // terms in the order of their words
	docs   []titleDoc
	slots  map[int64]uint32 // of a number in docs
	ofDocs []uint32         // the terms of all titles, one after the other
	dead   int
}

type term struct {
	word    string
	runes   uint8
	letters uint64 // a bit for each letter it has
	docs    []uint32
}

type titleDoc struct {
	number   int64
	from, to uint32  // in ofDocs; nothing for one that is gone
	weight   float32 // of all its terms
}

const (
	// titlesEvery is how old the index may be where another process changed a petition.
	titlesEvery = 5 * time.Second
	// buildWithin bounds the building of the index.
	buildWithin = time.Minute
	// titlesAnew is how old it may be where something changed past the events.
	titlesAnew = time.Hour
	// eventsLate is how many numbers back one looks for events that were committed late.
	eventsLate = 100
	// candidatesMost is how many likenesses are read from the database to choose from.
	candidatesMost = 40
	// likeLeast is the least likeness that is shown, of 1: half of the words of
	// two short texts, or a rare word of a longer one.
	likeLeast = 0.2
	// titleMost bounds the words of one title.
	titleMost = 40
	// beginnings is how many words that begin as the typed one are looked at.
	beginnings = 300
	// partLeast is how long each part of a word is that may be written in two.
	partLeast = 3
)

// How much a word that is not the same counts.
const (
	asBeginning = 0.8
	asTypo      = 0.8
	asTwoTypos  = 0.6
	asPart      = 0.5 // «вело» and «доріжка», of «велодоріжка»
)

// titleWords are the words of a title or of a question. A word that is written
// with a hyphen is there also in one piece: «скейт-парк» is «скейтпарк».
func titleWords(text string, most int) []word {
	out := wordsOf(text, most)
	for _, f := range strings.Fields(text) {
		if !strings.ContainsAny(f, "-‐‑–") {
			continue
		}
		joined := strings.ReplaceAll(city.Normalise(ukrtext.Cyrillic(f)), " ", "")
		w := word{clipped(joined), clipped(ukrtext.Key(joined))}
		if len(out) < most && joined != "" && !slices.ContainsFunc(out, func(x word) bool { return x.key == w.key }) {
			out = append(out, w)
		}
	}
	return out
}

// refresh brings the index up to date. Whoever asks while it is built for the
// first time waits; later ones are answered from the old one meanwhile.
func (x *titleIndex) refresh(ctx context.Context, s *Service) error {
	now := s.clock.Now()
	x.mu.RLock()
	fresh := x.fresh(now)
	x.mu.RUnlock()
	if fresh {
		return nil
	}
	x.mu.RLock()
	there := x.now != nil && !x.all && len(x.dirty) == 0
	x.mu.RUnlock()
	switch {
	case !there: // what this process changed must be in it, and without any there is nothing to answer from
		x.asking.Lock()
	case !x.asking.TryLock():
		return nil // another one brings it up to date
	}
	defer x.asking.Unlock()
	now = s.clock.Now()
	x.mu.Lock()
	if x.fresh(now) { // another one was quicker
		x.mu.Unlock()
		return nil
	}
	anew := x.now == nil || x.all || now.Before(x.checked) || now.Sub(x.built) > titlesAnew || x.now.dead > 1000+len(x.now.docs)/4
	dirty, event := x.dirty, x.event
	x.dirty, x.all = nil, false // what changes from here on is marked anew
	x.mu.Unlock()

	// Whoever stops typing takes his question back, not the work that others wait for.
	rctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), buildWithin)
	defer cancel()
	err := x.read(rctx, s, now, anew, dirty, event)
	if err != nil {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.all = x.all || anew
		for n := range dirty {
			x.mark(n)
		}
	}
	if anew {
		// To build it takes many times what it is; left to itself, the portal keeps that
		// for minutes, as after a long job (jobs.Work).
		debug.FreeOSMemory()
	}
	return err
}

func (x *titleIndex) fresh(now time.Time) bool {
	return x.now != nil && !x.all && len(x.dirty) == 0 && !now.Before(x.checked) && now.Sub(x.checked) < titlesEvery
}

// mark notes that a petition changed, 0 for many.
func (x *titleIndex) mark(number int64) {
	if number == 0 {
		x.all = true
		return
	}
	if x.dirty == nil {
		x.dirty = map[int64]bool{}
	}
	x.dirty[number] = true
}

// changed is told of changes in this process.
func (x *titleIndex) changed(number int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.mark(number)
}

type titleRow struct {
	number int64
	title  string
	public bool
}

// read takes over what changed: everything, or the petitions that are named or
// have had an event. It asks the primary: what this process changed stands there
// for sure.
func (x *titleIndex) read(ctx context.Context, s *Service, now time.Time, anew bool, dirty map[int64]bool, event int64) error {
	var last int64
	if err := s.db.Pool().QueryRow(ctx, "SELECT coalesce(max(id), 0) FROM petition_events").Scan(&last); err != nil {
		return err
	}
	const rowSQL = "SELECT number, title, state IN " + publicStates + " FROM petitions "
	var list []titleRow
	if anew || len(dirty) > 0 || last != event {
		sql, args := rowSQL+"WHERE state IN "+publicStates, []any(nil)
		if !anew {
			sql, args = rowSQL+"WHERE number = ANY ($1) OR id IN (SELECT petition_id FROM petition_events WHERE id > $2)", []any{slices.Collect(maps.Keys(dirty)), event - eventsLate}
		}
		rows, err := s.db.Pool().Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		if list, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (t titleRow, err error) {
			err = r.Scan(&t.number, &t.title, &t.public)
			return t, err
		}); err != nil {
			return err
		}
	}
	if anew { // some seconds for a large city: nobody is held up by it
		t := &titles{terms: map[string]uint32{}, docs: make([]titleDoc, 0, len(list)), slots: make(map[int64]uint32, len(list))}
		t.take(list)
		x.mu.Lock()
		defer x.mu.Unlock()
		x.now, x.built = t, now
	} else {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.now.take(list)
	}
	x.checked, x.event = now, last
	return nil
}

// find scores the titles that share words with a text, the best most of them.
func (x *titleIndex) find(words []word, most int, except int64) map[int64]float32 {
	sc, _ := x.scratch.Get().(*scratch)
	if sc == nil {
		sc = &scratch{}
	}
	defer x.scratch.Put(sc)
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.now.find(sc, words, most, except)
}

// take adds and changes titles.
func (x *titles) take(list []titleRow) {
	for _, t := range list {
		x.put(t)
	}
	if len(list) > 0 {
		x.sort()
	}
}

// put adds a title, or takes it out when the petition is not public.
func (x *titles) put(t titleRow) {
	if slot, ok := x.slots[t.number]; ok {
		d := &x.docs[slot]
		for _, id := range x.ofDocs[d.from:d.to] {
			w := &x.words[id]
			if i, found := slices.BinarySearch(w.docs, slot); found {
				w.docs = slices.Delete(w.docs, i, i+1)
			}
		}
		d.to = d.from
		x.dead++
		delete(x.slots, t.number)
	}
	if !t.public {
		return
	}
	slot := uint32(len(x.docs))                                  //nolint:gosec // petitions of a city
	d := titleDoc{number: t.number, from: uint32(len(x.ofDocs))} //nolint:gosec // as above
	for _, w := range titleWords(t.title, titleMost) {
		id, ok := x.terms[w.key]
		if !ok {
			id = uint32(len(x.words)) //nolint:gosec // as above
			x.terms[w.key] = id
			x.words = append(x.words, newTerm(w.key))
		}
		x.words[id].docs = append(x.words[id].docs, slot) // slots grow: it stays sorted
		x.ofDocs = append(x.ofDocs, id)
	}
	d.to = uint32(len(x.ofDocs)) //nolint:gosec // as above
	x.docs = append(x.docs, d)
	x.slots[t.number] = slot
}

func newTerm(w string) term {
	t := term{word: w, runes: uint8(utf8.RuneCountInString(w))} //nolint:gosec // wordMost at most
	for _, r := range w {
		t.letters |= 1 << (uint32(r) & 63) //nolint:gosec // a letter
	}
	return t
}

// sort brings in order what depends on all titles.
func (x *titles) sort() {
	x.sorted = x.sorted[:0]
	for id := range x.words {
		x.sorted = append(x.sorted, uint32(id)) //nolint:gosec // as above
	}
	slices.SortFunc(x.sorted, func(a, b uint32) int { return cmp.Compare(x.words[a].word, x.words[b].word) })
	for i := range x.docs {
		d := &x.docs[i]
		d.weight = 0
		for _, id := range x.ofDocs[d.from:d.to] {
			d.weight += x.rarity(len(x.words[id].docs))
		}
	}
}

// rarity is the weight of a word that stands in n titles (inverse document
// frequency).
func (x *titles) rarity(n int) float32 {
	return float32(math.Log(1 + float64(len(x.slots)+1)/float64(n+1)))
}

// match is a word of the index that a typed one may mean.
type match struct {
	id    uint32
	worth float32
}

// find reckons the likeness: the weight of what a title and the text share
// against that of both (cosine).
func (x *titles) find(sc *scratch, words []word, most int, except int64) map[int64]float32 {
	sc.begin(len(x.docs))
	var asked float32
	joined := x.joined(words)
	for i, w := range words {
		matches := append(x.matches(w), joined[i]...)
		var best float32
		for _, m := range matches {
			t := &x.words[m.id]
			worth := m.worth * x.rarity(len(t.docs))
			best = max(best, worth)
			for _, slot := range t.docs {
				sc.add(slot, uint16(i+1), worth) //nolint:gosec // askMost
			}
		}
		if best = max(best, x.apart(sc, i, w, best)); best == 0 {
			best = x.rarity(len(x.slots)/50) / 2 // a word of nobody's title tells little against them
		}
		asked += best
	}
	type hit struct {
		slot  uint32
		score float32
	}
	var hits []hit
	for _, slot := range sc.touched {
		d := &x.docs[slot]
		if d.number == except || d.weight == 0 {
			continue
		}
		if score := sc.sum[slot] / float32(math.Sqrt(float64(asked*d.weight))); score >= likeLeast {
			hits = append(hits, hit{slot, min(score, 1)})
		}
	}
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Or(-cmp.Compare(a.score, b.score), -cmp.Compare(a.slot, b.slot)) })
	out := make(map[int64]float32, min(most, len(hits)))
	for _, h := range hits[:min(most, len(hits))] {
		out[x.docs[h.slot].number] = h.score
	}
	return out
}

// joined are the words that two neighbours of a question make in one piece, for each
// of the two: «вело доріжка» means «велодоріжка» too, where some title writes it so.
func (x *titles) joined(words []word) [][]match {
	out := make([][]match, len(words))
	for i := range len(words) - 1 {
		id, ok := x.terms[asOne(words[i], words[i+1]).key]
		if !ok || len(x.words[id].docs) == 0 {
			continue
		}
		for _, at := range []int{i, i + 1} {
			out[at] = append(out[at], match{id, asPart})
		}
	}
	return out
}

// asOne is two words written as one.
func asOne(a, b word) word {
	return word{clipped(a.raw + b.raw), clipped(ukrtext.Key(a.raw + b.raw))}
}

// apart adds the titles that write in two neighbouring words what is typed as one. They
// are as like as those that write it as one, which are worth whole, where there are such.
func (x *titles) apart(sc *scratch, i int, w word, whole float32) (best float32) {
	r := []rune(w.raw)
	if len(r) < 2*partLeast || digits(w.raw) {
		return 0
	}
	for k := partLeast; k <= len(r)-partLeast; k++ {
		left, ok := x.terms[ukrtext.Key(string(r[:k]))]
		if !ok {
			continue
		}
		right, ok := x.terms[ukrtext.Key(string(r[k:]))]
		if !ok || left == right {
			continue
		}
		worth := whole
		if worth == 0 {
			worth = x.rarity(len(x.words[left].docs)) + x.rarity(len(x.words[right].docs))
		}
		for _, slot := range x.words[left].docs {
			d := x.docs[slot]
			terms := x.ofDocs[d.from:d.to]
			if at := slices.Index(terms, left); at >= 0 && at+1 < len(terms) && terms[at+1] == right {
				sc.add(slot, uint16(i+1), worth) //nolint:gosec // askMost
				best = max(best, worth)
			}
		}
	}
	return best
}

// matches are the words that a typed one may mean, the likeliest first: the same
// in any form, one that begins so, one that differs by a typing error.
func (x *titles) matches(w word) []match {
	var out []match
	known := 0
	if id, ok := x.terms[w.key]; ok && len(x.words[id].docs) > 0 {
		out, known = append(out, match{id, 1}), len(x.words[id].docs)
	}
	n := utf8.RuneCountInString(w.key)
	if n < 3 || digits(w.key) {
		return out
	}
	from := sort.Search(len(x.sorted), func(i int) bool { return x.words[x.sorted[i]].word >= w.key })
	for _, id := range x.sorted[from:min(len(x.sorted), from+beginnings)] {
		if !strings.HasPrefix(x.words[id].word, w.key) {
			break
		}
		if len(x.words[id].docs) > 0 && x.words[id].word != w.key {
			out, known = append(out, match{id, asBeginning}), known+len(x.words[id].docs)
		}
	}
	const few = 3 // as often a word may be mistyped in a title too
	if known > few || n < 4 {
		return out
	}
	errors := 1
	if n >= 7 {
		errors = 2
	}
	return x.typos(out, newTerm(w.key), errors)
}

// typos adds the words within some typing errors of another.
func (x *titles) typos(out []match, t term, errors int) []match {
	typed := []rune(t.word)
	first := len(out)
	for id := range x.words {
		c := &x.words[id]
		if d := int(c.runes) - int(t.runes); d > errors || -d > errors || len(c.docs) == 0 || bits.OnesCount64(c.letters^t.letters) > 2*errors {
			continue
		}
		switch d := distance(typed, []rune(c.word), errors); {
		case d == 0 || d > errors:
		case d == 1:
			out = append(out, match{uint32(id), asTypo}) //nolint:gosec // as above
		default:
			out = append(out, match{uint32(id), asTwoTypos}) //nolint:gosec // as above
		}
	}
	slices.SortFunc(out[first:], func(a, b match) int { return -cmp.Compare(a.worth, b.worth) })
	return out
}

// distance counts the typing errors between two words (Damerau and Levenshtein:
// letters left out, added, changed, swapped with the next), or says most+1.
func distance(a, b []rune, most int) int {
	var rows [3][wordMost + 1]int
	prev, cur := &rows[1], &rows[2]
	before := &rows[0]
	if len(a) > wordMost || len(b) > wordMost {
		return most + 1
	}
	for j := range len(b) + 1 {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			cur[j] = d
			least = min(least, d)
		}
		if least > most {
			return most + 1
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(b)]
}

// scratch is the sheet on which one question is reckoned.
type scratch struct {
	sum     []float32
	by      []uint16 // the word of the question that was counted last
	touched []uint32
}

func (s *scratch) begin(n int) {
	for _, slot := range s.touched {
		s.sum[slot], s.by[slot] = 0, 0
	}
	s.touched = s.touched[:0]
	if len(s.sum) < n {
		s.sum, s.by = make([]float32, n), make([]uint16, n)
	}
}

// add counts a word of the question once for a title, by its likeliest match.
func (s *scratch) add(slot uint32, word uint16, worth float32) {
	switch s.by[slot] {
	case word:
		return
	case 0:
		s.touched = append(s.touched, slot)
	}
	s.by[slot] = word
	s.sum[slot] += worth
}
