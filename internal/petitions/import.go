package petitions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/city"
	"ereception/internal/law/calendar"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// ImportOptions of Import. Source names the former site («petition.zt-rada.gov.ua»):
// with it the number that a petition had there is one petition, however often its
// file comes. With DryRun the report alone is made. With SkipBad a bad row is named
// and left out; without it one bad row refuses the whole file.
type ImportOptions struct {
	Source  string
	DryRun  bool
	SkipBad bool
}

// Bounds of what comes over. They are wide: what stands on the former site was
// judged there.
const (
	legacyTitle  = 500
	legacyText   = 50_000
	legacyName   = 200
	legacyNumber = 40
	legacySource = 100
	legacyMost   = 10_000_000 // signatures
)

// importColumns are the columns of the file with the heads they are known by. The
// first one is the name that the manuals use; the names of the national open data
// set of petitions (uid, creator, startDate…) are known as well.
var importColumns = map[string][]string{
	"number":    {"number", "old_number", "uid", "№", "номер", "номер петиції", "унікальний ідентифікатор"},
	"title":     {"title", "назва", "заголовок", "назва петиції"},
	"text":      {"text", "текст", "текст петиції", "суть"},
	"author":    {"author", "creator", "автор", "ініціатор", "піб автора"},
	"state":     {"state", "status", "стан", "статус", "статус петиції"},
	"published": {"published", "start_date", "startdate", "опубліковано", "дата публікації", "дата початку збору підписів", "початок збору"},
	"ended":     {"ended", "end_date", "enddate", "завершено", "дата завершення", "дата завершення збору підписів", "кінець збору"},
	"count":     {"count", "signatures", "підписів", "кількість підписів", "підписи"},
	"threshold": {"threshold", "поріг", "потрібно підписів", "необхідно підписів"},
	"answer":    {"answer", "answer_text", "answertext", "відповідь", "текст відповіді"},
	"answered":  {"answered", "answer_date", "answerdate", "дата відповіді"},
	"url":       {"url", "link", "посилання"},
	"topic":     {"topic", "kind", "тема", "категорія", "категорія петиції"},
}

// legacyStates are the words of former sites for how a petition ended there.
var legacyStates = map[string]struct {
	state    State
	decision string
}{
	"not_enough": {NotEnough, ""}, "not enough": {NotEnough, ""}, "не набрала": {NotEnough, ""}, "не набрала підписів": {NotEnough, ""},
	"не набрала голосів": {NotEnough, ""}, "не набрала необхідної кількості підписів": {NotEnough, ""}, "не набрано підписів": {NotEnough, ""},
	"answered": {Answered, ""}, "з відповіддю": {Answered, ""}, "є відповідь": {Answered, ""}, "відповідь надано": {Answered, ""},
	"розглянуто": {Answered, ""}, "розглянута": {Answered, ""},
	"supported": {Answered, Supported}, "підтримано": {Answered, Supported}, "підтримана": {Answered, Supported},
	"partly": {Answered, Partly}, "підтримано частково": {Answered, Partly}, "частково підтримано": {Answered, Partly}, "частково підтримана": {Answered, Partly},
	"done": {Done, Supported}, "виконано": {Done, Supported}, "виконана": {Done, Supported}, "реалізовано": {Done, Supported},
	"refused": {Refused, Rejected}, "не підтримано": {Refused, Rejected}, "не підтримана": {Refused, Rejected}, "відмовлено": {Refused, Rejected},
}

// Words for a petition that lives still. Its signatures cannot come over: a list of
// names without the acts of signing is no signature (Закон 393/96-ВР, ст. 23-1), and
// the terms of its review run from dates of the former site.
var (
	legacyLive = []string{
		"gathering", "open", "active", "checking", "supporting", "триває збір підписів", "збір підписів", "збирає підписи", "активна", "на модерації", "на перевірці",
	}
	legacyReview = []string{"reviewing", "reached", "на розгляді", "набрала підписи", "розглядається", "підтримана громадою"}
)

// markup finds tags and entities of a page: the text must come without them.
var markup = regexp.MustCompile(`(?i)</?(p|br|div|span|strong|b|i|em|u|ul|ol|li|a|h[1-6]|table|font)\b[^>]*>|&(nbsp|quot|amp|lt|gt|apos|[lr]aquo|[lr][sd]quo|[nm]dash|hellip|#\d+|#x[0-9a-f]+);`)

// legacy is one petition of the former site as the file tells it.
type legacy struct {
	row                 int
	number              string
	title, text, author string
	state               State
	decision            string
	published           time.Time
	ended, answered     *time.Time
	count, threshold    int
	answer, url         string
	topicID             *int64
}

var errTakenBack = errors.New("the import is taken back")

// Import brings petitions of the city's former site over from a CSV file, in one
// transaction: either every good row of it is in afterwards, or nothing. They are
// its archive: how each ended, its text and the answer. Of signatures only their
// number comes; nobody is told of anything, no term begins and no counter moves. A
// file that comes again adds nothing twice, changes what differs and keeps what
// stands in columns that it lacks; a petition that the city has marked as done here
// stays done.
//
// Errors: errs.Forbidden; errs.Invalid with the field source, or when the file
// cannot be read at all. What is wrong with rows is in the Report, and Refused says
// that nothing was written.
func (s *Service) Import(ctx context.Context, who authz.Actor, r io.Reader, o ImportOptions) (city.Report, error) {
	return s.importFile(ctx, who, authz.CharterManage, r, o)
}

// RunImport is Import for the command line: the portal itself is the actor.
func (s *Service) RunImport(ctx context.Context, r io.Reader, o ImportOptions) (city.Report, error) {
	return s.importFile(ctx, authz.System("petition-import"), authz.JobRun, r, o)
}

func (s *Service) importFile(ctx context.Context, who authz.Actor, act authz.Action, r io.Reader, o ImportOptions) (city.Report, error) {
	if !who.Can(act) { // before the file is looked at
		return city.Report{}, errs.Forbidden("errors.forbidden")
	}
	o.Source = strings.Join(strings.Fields(o.Source), " ")
	if n := utf8.RuneCountInString(o.Source); n < 3 || n > legacySource || strings.ContainsAny(o.Source, "<>") {
		return city.Report{}, errs.Fields().With("source", "petitions.import.source", "max", legacySource)
	}
	raw, err := city.ReadImport(r)
	if err != nil {
		return city.Report{}, err
	}
	var rep city.Report
	err = s.db.Write(ctx, who, act, func(tx *db.Tx) error {
		rep = city.Report{DryRun: o.DryRun} // a retried write begins anew
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		// Two imports at once come one after another: the second sees what the first brought.
		if _, err := tx.Pgx().Exec(ctx, "SELECT pg_advisory_xact_lock(hashtext('petitions.import'))"); err != nil {
			return err
		}
		if err := sameSource(tx, &o); err != nil {
			return err
		}
		topics, err := topicNames(tx)
		if err != nil {
			return err
		}
		t, err := city.ReadTable(raw, &rep, importColumns, "number", "title", "text", "author", "state", "published", "count")
		if err != nil {
			return err
		}
		list := readLegacy(t, topics, tx.Now, &rep)
		if rep.Refused = t.Fatal || rep.BadRows > 0 && !o.SkipBad; t.Fatal {
			return errTakenBack
		}
		fresh, changed, err := compare(tx, o.Source, t, list, &rep)
		if err != nil {
			return err
		}
		if rep.Refused || o.DryRun { // a trial takes no numbers of petitions either
			return errTakenBack
		}
		for chunk := range slices.Chunk(fresh, importBatch) {
			if err := bringOver(tx, o.Source, chunk); err != nil {
				return err
			}
		}
		for _, c := range changed {
			if err := c.save(tx); err != nil {
				return err
			}
		}
		tx.AfterCommit(func() { s.tell(0) })
		return nil
	})
	if errors.Is(err, errTakenBack) {
		err = nil
	}
	slices.SortStableFunc(rep.Bad, func(a, b city.RowError) int { return a.Row - b.Row })
	return rep, err
}

// sameSource takes the spelling that a former site has here already: one that is
// typed with a capital letter, or copied with its scheme, brings nothing twice.
func sameSource(tx *db.Tx, o *ImportOptions) error {
	rows, err := tx.Pgx().Query(tx.Statement.Context, "SELECT DISTINCT legacy_source FROM petitions WHERE legacy_source <> '' ORDER BY 1")
	if err != nil {
		return err
	}
	known, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || slices.Contains(known, o.Source) {
		return err
	}
	for _, s := range known {
		if siteKey(s) == siteKey(o.Source) {
			o.Source = s
			return nil
		}
	}
	return nil
}

func siteKey(source string) string {
	k := strings.ToLower(source)
	for _, scheme := range []string{"https://", "http://", "www."} {
		k = strings.TrimPrefix(k, scheme)
	}
	return strings.TrimRight(k, "/. ")
}

// importBatch is how many petitions travel to the database at once.
const importBatch = 500

func topicNames(tx *db.Tx) (map[string]int64, error) {
	var list []city.Topic
	if err := tx.Order("id").Find(&list).Error; err != nil {
		return nil, err
	}
	out := map[string]int64{}
	for _, t := range list {
		for _, name := range []string{t.Code, t.NameUK, t.NameEN} {
			if k := city.Normalise(name); k != "" {
				out[k] = t.ID
			}
		}
	}
	return out, nil
}

// readLegacy reads the rows; bad ones go to the report.
func readLegacy(t *city.Table, topics map[string]int64, now time.Time, rep *city.Report) []legacy {
	var out []legacy
	seen := map[string]int{}
	for _, row := range t.Rows {
		rep.Rows++
		x, bad := legacyOf(row, topics, now)
		if first, dup := seen[x.number]; dup && x.number != "" {
			bad = append(bad, city.RowError{Row: row.Line, Column: row.Column("number"), Key: "city.import.duplicate", Args: []any{"n", first}})
		}
		if len(bad) > 0 {
			rep.BadRow(bad...)
			continue
		}
		seen[x.number] = row.Line
		out = append(out, x)
	}
	return out
}

func legacyOf(row city.TableRow, topics map[string]int64, now time.Time) (legacy, []city.RowError) {
	var bad []city.RowError
	fail := func(column, key string, args ...any) {
		bad = append(bad, city.RowError{Row: row.Line, Column: row.Column(column), Key: key, Args: args})
	}
	words := func(column string, most int) string {
		v := row.Get(column)
		switch {
		case v == "":
			fail(column, "petitions.import.required")
		case utf8.RuneCountInString(v) > most:
			fail(column, "petitions.err.long", "max", most)
		case markup.MatchString(v):
			fail(column, "petitions.import.markup")
		}
		return v
	}
	one := func(v string) string { return strings.Join(strings.Fields(v), " ") }
	x := legacy{
		row: row.Line, number: one(words("number", legacyNumber)), title: one(words("title", legacyTitle)),
		text: strings.ReplaceAll(words("text", legacyText), "\r\n", "\n"), author: one(words("author", legacyName)),
	}
	if row.Get("answer") != "" {
		x.answer = strings.ReplaceAll(words("answer", legacyText), "\r\n", "\n")
	}
	n, ok := whole(row.Get("count"), legacyMost)
	if x.count = n; !ok || row.Get("count") == "" {
		fail("count", "petitions.import.count")
	}
	if x.threshold, ok = whole(row.Get("threshold"), legacyMost); !ok {
		fail("threshold", "petitions.import.count")
	}
	if v := row.Get("topic"); v != "" {
		if id, known := topics[city.Normalise(v)]; known {
			x.topicID = &id
		} else {
			fail("topic", "petitions.import.topic")
		}
	}
	if x.url = row.Get("url"); !pageAddress(x.url) {
		fail("url", "petitions.import.url")
	}
	day := func(column string, end bool) *time.Time {
		v := row.Get(column)
		if v == "" {
			return nil
		}
		at, ok := moment(v, end)
		switch {
		case !ok:
			fail(column, "petitions.import.day")
		case at.After(now) && column != "ended" || at.Year() < 2000:
			fail(column, "petitions.import.day_past")
		default:
			return &at
		}
		return nil
	}
	if row.Get("published") == "" {
		fail("published", "petitions.import.required")
	} else if at := day("published", false); at != nil {
		x.published = *at
	}
	x.ended, x.answered = day("ended", true), day("answered", false)
	switch word := strings.ToLower(one(row.Get("state"))); {
	case word == "":
		fail("state", "petitions.import.required")
	case slices.Contains(legacyLive, word):
		fail("state", "petitions.import.live")
	case slices.Contains(legacyReview, word):
		fail("state", "petitions.import.review")
	default:
		known, ok := legacyStates[word]
		if !ok {
			fail("state", "petitions.import.state")
		}
		x.state, x.decision = known.state, known.decision
	}
	if !x.published.IsZero() {
		if x.ended != nil && x.ended.Before(x.published) {
			fail("ended", "petitions.import.order")
		}
		if x.answered != nil && x.answered.Before(x.published) {
			fail("answered", "petitions.import.order")
		}
	}
	if x.ended != nil && x.ended.After(now) {
		fail("ended", "petitions.import.live")
	}
	// Without its day an answer says nothing of whether it was in time.
	if x.answered == nil && row.Get("answered") == "" && (x.answer != "" || x.state != NotEnough && x.state != "") {
		fail("answered", "petitions.import.answered")
	}
	return x, bad
}

// whole reads a number; thousands may be parted by spaces. An empty cell is 0.
func whole(s string, most int) (int, bool) {
	s = strings.Join(strings.Fields(strings.ReplaceAll(s, "\u00a0", " ")), "")
	if s == "" {
		return 0, true
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 0 && n <= most
}

// pageAddress accepts nothing, or the address of a page. The former site may have
// had no https.
func pageAddress(s string) bool {
	if s == "" {
		return true
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && len(s) <= 500
}

// moment reads a day of Kyiv, with or without an hour; with end a bare day is meant
// to its last second.
func moment(s string, end bool) (time.Time, bool) {
	for _, f := range []string{
		time.DateOnly, "2.1.2006", "2006-01-02 15:04", time.DateTime, "2006-01-02T15:04", "2006-01-02T15:04:05", time.RFC3339, "2.1.2006 15:04", "2.1.2006 15:04:05",
	} {
		t, err := time.ParseInLocation(f, s, calendar.Kyiv())
		if err != nil {
			continue
		}
		if end && !strings.Contains(f, "15") {
			t = t.AddDate(0, 0, 1).Add(-time.Second)
		}
		return t.UTC(), true
	}
	return time.Time{}, false
}

// closedAt is when the matter was over on the former site.
func (x *legacy) closedAt() *time.Time {
	switch x.state {
	case NotEnough:
		return x.ended
	case Done, Refused:
		return x.answered
	}
	return nil
}

// correction is what a further import changes of one petition.
type correction struct {
	p       Petition
	columns map[string]any
	answer  *Answer // nil: as it stands
	drop    bool    // the answer
	now     legacy
}

// compare parts the rows into new petitions and changed ones.
func compare(tx *db.Tx, source string, t *city.Table, list []legacy, rep *city.Report) (fresh []legacy, changed []correction, err error) {
	var have []Petition
	if err := tx.Omit("search").Where("legacy_source = ? AND legacy_number <> ''", source).Find(&have).Error; err != nil {
		return nil, nil, err
	}
	var answers []Answer
	if err := tx.Where("petition_id IN (SELECT id FROM petitions WHERE legacy_source = ?)", source).Find(&answers).Error; err != nil {
		return nil, nil, err
	}
	answerOf := map[int64]*Answer{}
	for i := range answers {
		answerOf[answers[i].PetitionID] = &answers[i]
	}
	by := map[string]*Petition{}
	for i := range have {
		by[have[i].LegacyNumber] = &have[i]
	}
	for _, x := range list {
		p := by[x.number]
		if p == nil {
			rep.Created++
			fresh = append(fresh, x)
			continue
		}
		c := differs(t, p, answerOf[p.ID], x)
		if c == nil {
			rep.Unchanged++
			continue
		}
		rep.Updated++
		changed = append(changed, *c)
	}
	return fresh, changed, nil
}

// differs says what the row would change; nil for nothing. Columns that the file
// lacks keep their values.
func differs(t *city.Table, p *Petition, a *Answer, x legacy) *correction {
	if !t.Has("ended") {
		x.ended = p.EndsAt
	}
	if !t.Has("answered") {
		x.answered = p.AnsweredAt
	}
	if !t.Has("threshold") {
		x.threshold = p.Threshold
	}
	if !t.Has("url") {
		x.url = p.LegacyURL
	}
	if !t.Has("topic") {
		x.topicID = p.TopicID
	}
	if !t.Has("answer") && a != nil {
		x.answer = a.Body
	}
	if x.answer != "" && x.answered == nil && a != nil {
		x.answered = a.SignedAt
	}
	closed := x.closedAt()
	if p.State == Done && x.state == Answered { // carried out since, and marked so here
		x.state, closed = Done, p.ClosedAt
		if x.decision == "" && a != nil {
			x.decision = a.Decision
		}
	}
	c := &correction{p: *p, columns: map[string]any{}, now: x}
	set := func(name string, was, now any) {
		if was != now {
			c.columns[name] = now
		}
	}
	at := func(name string, was, now *time.Time) {
		if (was == nil) != (now == nil) || was != nil && !was.Equal(*now) {
			c.columns[name] = now
		}
	}
	set("title", p.Title, x.title)
	set("essence", p.Essence, x.text)
	set("author_name", p.AuthorName, x.author)
	set("state", p.State, x.state)
	set("threshold", p.Threshold, x.threshold)
	set("legacy_url", p.LegacyURL, x.url)
	if p.LegacyCount == nil || *p.LegacyCount != x.count {
		c.columns["legacy_count"] = x.count
	}
	if (p.TopicID == nil) != (x.topicID == nil) || p.TopicID != nil && *p.TopicID != *x.topicID {
		c.columns["topic_id"] = x.topicID
	}
	at("published_at", p.PublishedAt, &x.published)
	at("ends_at", p.EndsAt, x.ended)
	at("answered_at", p.AnsweredAt, x.answered)
	at("closed_at", p.ClosedAt, closed)
	switch {
	case x.answer == "" && a != nil:
		c.drop = true
	case x.answer != "" && (a == nil || a.Body != x.answer || a.Decision != x.decision || a.SignedAt == nil || !a.SignedAt.Equal(*x.answered)):
		c.answer = &Answer{PetitionID: p.ID}
		if a != nil {
			*c.answer = *a
		}
	}
	if len(c.columns) == 0 && c.answer == nil && !c.drop {
		return nil
	}
	return c
}

// save writes the correction.
func (c *correction) save(tx *db.Tx) error {
	p := &c.p
	from := p.State
	if err := tx.Save(&Petition{ID: p.ID}, p.Version, c.columns); err != nil {
		return err
	}
	p.Title, p.Essence, p.State = c.now.title, c.now.text, c.now.state
	if err := index(tx, p); err != nil {
		return err
	}
	switch a := c.answer; {
	case c.drop:
		if err := tx.Where("petition_id = ?", p.ID).Delete(&Answer{}).Error; err != nil {
			return err
		}
	case a == nil:
	case a.ID == 0:
		n := c.now.signed(p.ID, tx.Now)
		if err := tx.Create(n).Error; err != nil {
			return err
		}
	default:
		if err := tx.Save(&Answer{ID: a.ID}, a.Version, map[string]any{
			"body": c.now.answer, "decision": c.now.decision, "signed_at": c.now.answered, "updated_at": tx.Now,
		}); err != nil {
			return err
		}
	}
	return record(tx, p, from, Event{Kind: "reimported", Public: true, Data: map[string]any{"source": p.LegacySource}})
}

// methodImported marks an answer that was signed on the former site: of its
// signature nothing is known here.
const methodImported = "import"

func (x *legacy) signed(petitionID int64, now time.Time) *Answer {
	return &Answer{
		PetitionID: petitionID, Authors: ids{}, State: AnswerSigned, Decision: x.decision, Body: x.answer, Method: methodImported, Evidence: []byte("{}"),
		SignedAt: x.answered, Version: 1, CreatedAt: now, UpdatedAt: now,
	}
}

// legacyTier is that of imported petitions: none of their signatures is judged
// here, and the column wants one.
const legacyTier = TierEmail

// bringOverSQL stores one petition with its answer and its place in the story.
const bringOverSQL = `
WITH p AS (
  INSERT INTO petitions (number, state, author_name, title, essence, topic_id, filing_key, support_key, salt, threshold, tier, residents_only,
    created_at, published_at, ends_at, answered_at, closed_at, legacy_count, legacy_source, legacy_number, legacy_url)
  VALUES (nextval('petition_numbers'), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, false, $11, $11, $12, $13, $14, $15, $16, $17, $18) RETURNING id),
a AS (
  INSERT INTO petition_answers (petition_id, authors, state, decision, body, method, signed_at, created_at, updated_at)
  SELECT id, '{}', 'signed', $19, $20, $21, $13, $22, $22 FROM p WHERE $20 <> ''),
e AS (
  INSERT INTO petition_events (petition_id, at, kind, actor_id, actor_name, public, to_state, data)
  SELECT id, $22, 'imported', $23, $24, true, $1, $25 FROM p)
SELECT id FROM p`

// bringOver stores new petitions.
func bringOver(tx *db.Tx, source string, list []legacy) error {
	data, err := json.Marshal(map[string]any{"source": source})
	if err != nil {
		return err
	}
	var actor *int64
	if tx.Actor.ID != 0 {
		actor = &tx.Actor.ID
	}
	made := make([]Petition, len(list))
	b := &pgx.Batch{}
	for i, x := range list {
		made[i] = Petition{Title: x.title, Essence: x.text}
		b.Queue(bringOverSQL, x.state, x.author, x.title, x.text, x.topicID, uuid.New(), random(16), randomBytes(32), x.threshold, legacyTier,
			x.published, x.ended, x.answered, x.closedAt(), x.count, source, x.number, x.url,
			x.decision, x.answer, methodImported, tx.Now, actor, tx.Actor.Name, data).
			QueryRow(func(r pgx.Row) error {
				if err := r.Scan(&made[i].ID); err != nil {
					return fmt.Errorf("line %d: %w", x.row, err)
				}
				return nil
			})
	}
	if err := tx.Pgx().SendBatch(tx.Statement.Context, b).Close(); err != nil {
		return err
	}
	words := &pgx.Batch{} // as index does, in one trip
	for i := range made {
		words.Queue(indexSQL, made[i].ID, made[i].searched())
	}
	return tx.Pgx().SendBatch(tx.Statement.Context, words).Close()
}
