package procurement

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"ereception/internal/law/calendar"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/procurement/indicator"
)

// PageSize is the number of hits of a page, and MaxPage the last page: who needs
// more narrows the search or takes the data away.
const (
	PageSize = 20
	MaxPage  = 50
)

// Orders of a search.
const (
	SortDay    = "day"    // the newest first
	SortAmount = "amount" // the largest first
)

// AnySign as Query.Sign finds everything that has a sign.
const AnySign = "any"

// Query is a search of the register. Zero values do not filter.
type Query struct {
	Kind     string // Contracts (also the zero value), Tenders, Plans
	Text     string // words, public numbers, codes of ЄДР
	Buyer    string // code of ЄДР
	Supplier string // key (UA-EDR-…, fop-…), code of ЄДР, or words of the name
	CPV      string // leading digits: 45, 4526, 45260000
	Method   string // procurementMethodType
	Status   string
	Sign     string // DASU-3-3, DASU-3-3@contract, AnySign
	Sort     string // SortDay (also the zero value), SortAmount
	Year     int
	From, To time.Time // days in Kyiv, both included
	Min, Max string    // decimal
	Page     int       // 0 and 1: the first

	after    string            // of a page of OCDS: the last row of the page before
	typed    map[string]string // what was typed and is no value
	examples bool              // examples too, although there are purchases of the city
}

// Hit is one thing that a search found.
type Hit struct {
	Kind         string
	ID           string
	Number       string
	TenderID     string
	Day          time.Time
	Year         int
	Title        string
	BuyerCode    string
	BuyerName    string
	SupplierKey  string // the first supplier; empty: none
	SupplierName string // empty for a sole trader
	Suppliers    int
	SoleTrader   bool // the first supplier is one
	CPV          string
	Method       string
	Competitive  bool
	Status       string
	Amount       string // decimal; empty: none
	Currency     string
	Signs        []string // indicators with a sign
	Clear        []string // indicators that were calculated and found nothing
	Example      bool     // of a buyer that is not the city's
	Demo         bool     // a derived or synthetic document
	Gone         bool     // Prozorro shows it no more; told of one that is shown alone
	ModifiedAt   time.Time
	ChangedAt    time.Time // when the row changed here
}

// Result is a page of a search.
type Result struct {
	Hits    []Hit
	Total   int
	AtLeast bool   // there are more than Total
	Sum     string // decimal, of the contracts in hryvnias; empty: not known (AtLeast)
	Page    int
	Pages   int  // at most MaxPage
	More    bool // another page follows
}

// Facet is a value of a filter with how many rows have it.
type Facet struct {
	Code  string
	Count int
}

// Facets are the values that a filter can take, of one kind.
type Facets struct {
	Years    []Facet // the newest first
	Methods  []Facet // the most frequent first
	Statuses []Facet
	Signs    []Facet
	Buyers   []Slice
}

// Typed gives what a form shows in the field: what was typed where that is no
// value, else the value in its canonical form.
func (q Query) Typed(key string) string {
	if t, ok := q.typed[key]; ok {
		return t
	}
	return q.canonical(key)
}

// keys of the query string, in the order of the form.
var queryKeys = []string{"kind", "q", "buyer", "supplier", "cpv", "method", "status", "sign", "year", "from", "to", "min", "max", "sort", "page", "after"}

func (q Query) canonical(key string) string {
	switch key {
	case "kind":
		return cmp.Or(q.Kind, Contracts)
	case "q":
		return q.Text
	case "buyer":
		return q.Buyer
	case "supplier":
		return q.Supplier
	case "cpv":
		return q.CPV
	case "method":
		return q.Method
	case "status":
		return q.Status
	case "sign":
		return q.Sign
	case "year":
		if q.Year != 0 {
			return strconv.Itoa(q.Year)
		}
	case "from":
		return isoDay(q.From)
	case "to":
		return isoDay(q.To)
	case "min":
		return q.Min
	case "max":
		return q.Max
	case "sort":
		if q.Sort == SortAmount {
			return SortAmount
		}
	case "page":
		if q.Page > 1 {
			return strconv.Itoa(q.Page)
		}
	case "after":
		return q.after
	}
	return ""
}

// Values is the query in its canonical form: equal searches have equal
// addresses. What is no value is left out.
func (q Query) Values() url.Values {
	v := url.Values{}
	for _, k := range queryKeys {
		if s := q.canonical(k); s != "" && (k != "kind" || s != Contracts) {
			v.Set(k, s)
		}
	}
	return v
}

// Filtered reports whether anything narrows the search beside its kind.
func (q Query) Filtered() bool {
	v := q.Values()
	for _, k := range []string{"kind", "sort", "page", "after"} {
		v.Del(k)
	}
	return len(v) > 0
}

func isoDay(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(calendar.Kyiv()).Format(time.DateOnly)
}

const maxQueryText = 200

var (
	codeForm     = regexp.MustCompile(`^[0-9A-Za-z._-]{1,80}$`)
	signForm     = regexp.MustCompile(`^[0-9A-Za-z._-]{1,60}(@[a-z]{1,20})?$`)
	leadingCPV   = regexp.MustCompile(`^([0-9]{2,8})(?:-[0-9])?(?:$|[^0-9])`)
	leadingCode  = regexp.MustCompile(`^([0-9]{8})(?:$|[^0-9])`)
	leadingParty = regexp.MustCompile(`^([A-Z]{2}-[A-Z]{2,8}-[^\s]{1,60}|(?:fop|org)-[0-9a-f]{16})(?:$|\s)`)
)

// ParseQuery reads a search from its address. What is no value does not filter;
// it is named in the error by the key of its field and kept for the form, see
// Typed. The error is never nil: ask it with OrNil.
func ParseQuery(v url.Values) (Query, *errs.Error) {
	q, e := Query{typed: map[string]string{}}, errs.Fields()
	get := func(key string) string { return clean(v.Get(key), 4*maxQueryText) }
	bad := func(key, why string, args ...any) {
		q.typed[key] = get(key)
		e.With(key, "procurement.err."+why, args...)
	}
	switch k := get("kind"); k {
	case "", Contracts, Tenders, Plans:
		q.Kind = cmp.Or(k, Contracts)
	default:
		q.Kind = Contracts
		bad("kind", "kind")
	}
	if q.Text = get("q"); utf8.RuneCountInString(q.Text) > maxQueryText {
		bad("q", "long", "max", maxQueryText)
		q.Text = ""
	}
	if b := get("buyer"); b != "" {
		if m := leadingCode.FindStringSubmatch(b); m != nil {
			q.Buyer = m[1]
		} else if codeForm.MatchString(b) {
			q.Buyer = b
		} else {
			bad("buyer", "buyer")
		}
	}
	if t := get("supplier"); t != "" {
		switch m := leadingParty.FindStringSubmatch(t); {
		case m != nil:
			q.Supplier = m[1]
		case leadingCode.MatchString(t):
			q.Supplier = "UA-EDR-" + t[:8]
		case utf8.RuneCountInString(t) > maxQueryText:
			bad("supplier", "long", "max", maxQueryText)
		default:
			q.Supplier = t
		}
	}
	if t := get("cpv"); t != "" {
		if m := leadingCPV.FindStringSubmatch(t); m != nil {
			q.CPV = m[1][:2] + strings.TrimRight(m[1][2:], "0")
		} else {
			bad("cpv", "cpv")
		}
	}
	for key, to := range map[string]*string{"method": &q.Method, "status": &q.Status} {
		if t := get(key); t != "" {
			if codeForm.MatchString(t) {
				*to = t
			} else {
				bad(key, "list")
			}
		}
	}
	if t := get("sign"); t != "" {
		if knownSign(t) {
			q.Sign = t
		} else {
			bad("sign", "sign")
		}
	}
	if t := get("year"); t != "" {
		if n, err := strconv.Atoi(t); err == nil && n >= firstYear && n <= lastYear {
			q.Year = n
		} else {
			bad("year", "year")
		}
	}
	for key, to := range map[string]*time.Time{"from": &q.From, "to": &q.To} {
		if t := get(key); t != "" {
			if d, ok := parseDay(t); ok {
				*to = d
			} else {
				bad(key, "date")
			}
		}
	}
	if !q.From.IsZero() && !q.To.IsZero() && q.To.Before(q.From) {
		q.To = time.Time{}
		bad("to", "period")
	}
	for key, to := range map[string]*string{"min": &q.Min, "max": &q.Max} {
		if t := get(key); t != "" {
			if d, ok := parseAmount(t); ok {
				*to = d
			} else {
				bad(key, "amount")
			}
		}
	}
	if q.Min != "" && q.Max != "" {
		lo, _ := strconv.ParseFloat(q.Min, 64)
		hi, _ := strconv.ParseFloat(q.Max, 64)
		if lo > hi {
			q.Max = ""
			bad("max", "range")
		}
	}
	switch t := get("sort"); t {
	case "", SortDay:
	case SortAmount:
		q.Sort = t
	default:
		bad("sort", "sort")
	}
	if t := get("page"); t != "" {
		if n, err := strconv.Atoi(t); err == nil && n > 0 {
			q.Page = min(n, MaxPage)
		} else {
			bad("page", "page")
		}
	}
	if t := get("after"); t != "" {
		if afterForm.MatchString(t) {
			q.after = t
		} else {
			bad("after", "page")
		}
	}
	return q, e
}

// knownSign reports whether a filter can mean the sign: the list of what is
// calculated is closed, so another word is a mistake and not a search for nothing.
func knownSign(sign string) bool {
	id, profile, named := strings.Cut(sign, "@")
	r := indicator.ByID(id)
	switch {
	case sign == AnySign:
		return true
	case r == nil:
		return false
	}
	return !named || r.Profiles && slices.Contains([]indicator.Profile{indicator.Methodology, indicator.ByContract}, indicator.Profile(profile))
}

// Unknown names the filters of a search whose value is well formed but stands
// nowhere in the register, by the keys of their fields: their lists are open, since
// the source invents new codes, so such a search finds nothing and is no mistake.
func (s *Service) Unknown(ctx context.Context, q Query) ([]string, error) {
	f, err := s.Facets(ctx, q.Kind)
	if err != nil {
		return nil, err
	}
	has := func(list []Facet, code string) bool {
		return slices.ContainsFunc(list, func(x Facet) bool { return x.Code == code })
	}
	var out []string
	if q.Buyer != "" && !slices.ContainsFunc(f.Buyers, func(x Slice) bool { return x.Key == q.Buyer }) {
		out = append(out, "buyer")
	}
	if q.CPV != "" && CPVName(q.CPV, "uk") == "" {
		out = append(out, "cpv")
	}
	if q.Method != "" && !has(f.Methods, q.Method) {
		out = append(out, "method")
	}
	if q.Status != "" && !has(f.Statuses, q.Status) {
		out = append(out, "status")
	}
	return out, nil
}

// afterForm is the moment in microseconds and the id of a row of the register.
var afterForm = regexp.MustCompile(`^[0-9]{1,18}\.[0-9A-Za-z_-]{1,64}$`)

func parseDay(s string) (time.Time, bool) {
	for _, form := range []string{time.DateOnly, "02.01.2006"} {
		if t, err := time.ParseInLocation(form, s, calendar.Kyiv()); err == nil && t.Year() >= firstYear && t.Year() <= lastYear {
			return t, true
		}
	}
	return time.Time{}, false
}

var typedAmount = regexp.MustCompile(`^[0-9]{1,15}(\.[0-9]{1,2})?$`)

// parseAmount reads «1 500 000,50».
func parseAmount(s string) (string, bool) {
	s = strings.NewReplacer(" ", "", "\u00A0", "", "\u202F", "", ",", ".").Replace(s)
	if !typedAmount.MatchString(s) {
		return "", false
	}
	if t := strings.TrimLeft(s, "0"); t != "" && t[0] != '.' {
		return t, true
	} else if t != "" {
		return "0" + t, true
	}
	return "0", true
}

// params collects the parameters of a statement that is put together.
type params []any

func (p *params) add(v any) string {
	*p = append(*p, v)
	return "$" + strconv.Itoa(len(*p))
}

// condition is one filter of the register, r. along names the orders whose index
// gives the rows that meet it without looking at others. In the finds it is the
// terms that have to be there, or the same condition again (again), see finds.go;
// one that has neither can be asked of the register alone.
type condition struct {
	sql   string
	along string // SortDay, SortAmount, bothOrders; empty: none
	terms []term
	again func(*params) string
	limit limit // what it says of days or sums
	// find says the same by an index, where the register has none for it; empty: sql does.
	find string
}

const bothOrders = "both"

func (c condition) indexed(order string) bool { return c.along == bothOrders || c.along == order }

// conditions gives the filters of the query. impossible says that nothing can be
// found, such as a supplier that nobody knows.
func (s *Service) conditions(ctx context.Context, q Query, p *params) (list []condition, impossible bool, err error) {
	add := func(along, sql string, terms ...term) {
		list = append(list, condition{sql: sql, along: along, terms: terms})
	}
	// both adds a condition that is the same for the register and for the finds.
	both := func(along string, sql func(*params) string, l limit, terms ...term) {
		list = append(list, condition{sql: sql(p), along: along, again: sql, limit: l, terms: terms})
	}
	both(bothOrders, func(*params) string { return "r.kind = " + literal(cmp.Or(q.Kind, Contracts)) }, limit{})
	if q.Text != "" {
		words := tsQuery(q.Text)
		if words == "" {
			return nil, true, nil
		}
		n := p.add(words)
		add("", "r.search @@ "+n+"::tsquery", wordTerms(words)...)
		list[len(list)-1].find = "r.id IN (SELECT f.id FROM procurement_finds f WHERE f.kind = " + literal(cmp.Or(q.Kind, Contracts)) + " AND f.terms @@ " + n + "::tsquery)"
	}
	if q.Buyer != "" {
		add(SortDay, "r.buyer_code = "+p.add(q.Buyer), mark(markBuyer, q.Buyer))
	}
	if q.Supplier != "" {
		keys, err := s.supplierKeys(ctx, q.Supplier)
		if err != nil {
			return nil, false, err
		}
		if len(keys) == 0 {
			return nil, true, nil
		}
		add("", "r.supplier_keys && "+p.add(keys)+"::text[]", mark(markSupplier, keys...))
	}
	if q.CPV != "" {
		add("", "r.cpv_path @> "+p.add([]string{q.CPV})+"::text[]", mark(markCPV, q.CPV))
	}
	if q.Method != "" {
		add(SortDay, "r.method = "+p.add(q.Method), mark(markMethod, q.Method))
	}
	if q.Status != "" {
		add(SortDay, "r.status = "+p.add(q.Status), mark(markStatus, q.Status))
	}
	switch {
	case q.Sign == "":
	case q.Sign == AnySign:
		add(SortDay, "r.signs <> '{}'")
	default:
		add(SortDay, "r.signs <> '{}'") // so that the index of those that have a sign is used
		add("", "r.signs && "+p.add(signIDs(q.Sign))+"::text[]")
	}
	from, to := q.From, q.To
	if !to.IsZero() {
		to = to.AddDate(0, 0, 1)
	}
	if q.Year != 0 {
		lo := time.Date(q.Year, 1, 1, 0, 0, 0, 0, calendar.Kyiv())
		hi := time.Date(q.Year+1, 1, 1, 0, 0, 0, 0, calendar.Kyiv())
		if from.IsZero() || from.Before(lo) {
			from = lo
		}
		if to.IsZero() || to.After(hi) {
			to = hi
		}
	}
	if !from.IsZero() {
		l, year := limit{SortDay, true, float64(from.Unix())}, otherYears(yearOf(from)-manyYears, yearOf(from)-1)
		if q.Year != 0 {
			l, year = limit{}, []term{mark(markYear, strconv.Itoa(q.Year))} // it says what the two limits say
		}
		both(SortDay, func(p *params) string { return "r.day >= " + p.add(from) }, l, year...)
	}
	if !to.IsZero() {
		l, year := limit{SortDay, false, float64(to.Unix())}, otherYears(yearOf(to.Add(-1))+1, yearOf(to)+manyYears)
		if q.Year != 0 {
			l, year = limit{}, nil
		}
		both(SortDay, func(p *params) string { return "r.day < " + p.add(to) }, l, year...)
	}
	if q.Min != "" {
		both(SortAmount, func(p *params) string { return "r.amount >= " + p.add(q.Min) + "::text::numeric" }, limit{SortAmount, true, number(q.Min)})
	}
	if q.Max != "" {
		both(SortAmount, func(p *params) string { return "r.amount <= " + p.add(q.Max) + "::text::numeric" }, limit{SortAmount, false, number(q.Max)})
	}
	city, err := s.cityOnly(ctx)
	if city && !q.examples {
		both("", func(*params) string { return "NOT r.example" }, limit{})
	}
	return list, false, err
}

// number is a decimal that ParseQuery let through.
func number(decimal string) float64 {
	n, _ := strconv.ParseFloat(decimal, 64)
	return n
}

// literal writes one of our own constants as SQL.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// signIDs gives the ids in register.signs that a filter means: both profiles of
// an indicator, unless one is named.
func signIDs(sign string) []string {
	id, profile, named := strings.Cut(sign, "@")
	switch {
	case !named:
		return []string{id, id + "@contract"}
	case profile == "methodology":
		return []string{id}
	default:
		return []string{sign}
	}
}

const maxSupplierMatches = 200

// supplierKeys gives the suppliers that the filter means: the one with the key,
// or those whose name has all the words.
func (s *Service) supplierKeys(ctx context.Context, text string) ([]string, error) {
	if leadingParty.MatchString(text) {
		return []string{text}, nil
	}
	p := params{}
	where := []string{"NOT sole_trader"}
	for _, w := range strings.Fields(text) {
		where = append(where, "lower(name) LIKE "+p.add("%"+likeEscape(strings.ToLower(w))+"%"))
	}
	rows, err := s.db.ReadPool().Query(ctx, fmt.Sprintf("SELECT key FROM procurement_suppliers WHERE %s ORDER BY seen_at DESC, key LIMIT %d",
		strings.Join(where, " AND "), maxSupplierMatches), p...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func likeEscape(s string) string {
	return strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(s)
}

// SuggestSuppliers gives at most n suppliers whose name has the words, or whose
// code begins so; sole traders are never suggested.
func (s *Service) SuggestSuppliers(ctx context.Context, text string, n int) ([]Named, error) {
	text = clean(text, maxQueryText)
	if utf8.RuneCountInString(text) < 2 {
		return nil, nil
	}
	p := params{}
	var words []string
	for _, w := range strings.Fields(text) {
		words = append(words, "lower(name) LIKE "+p.add("%"+likeEscape(strings.ToLower(w))+"%"))
	}
	sql := "SELECT key, code, name FROM procurement_suppliers WHERE NOT sole_trader AND (" + strings.Join(words, " AND ")
	if strings.Trim(text, "0123456789") == "" {
		sql += " OR code LIKE " + p.add(text+"%")
	}
	rows, err := s.db.ReadPool().Query(ctx, sql+fmt.Sprintf(") ORDER BY seen_at DESC, key LIMIT %d", max(1, min(n, 50))), p...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (c Named, err error) {
		err = r.Scan(&c.Key, &c.Code, &c.Name)
		return c, err
	})
}

const hitColumns = `r.kind, r.id, r.number, r.tender_id, r.day, r.year, r.title, r.buyer_code, r.buyer_name, r.supplier_keys, r.supplier_name, r.cpv,
	r.method, r.competitive, r.status, coalesce(r.amount::text, ''), r.currency, r.signs, r.clear, r.example, r.demo, r.modified_at, r.changed_at`

func scanHit(r pgx.CollectableRow) (Hit, error) {
	var h Hit
	var keys []string
	err := r.Scan(h.columns(&keys)...)
	h.supplier(keys)
	return h, err
}

// columns are the places of hitColumns.
func (h *Hit) columns(keys *[]string) []any {
	return []any{
		&h.Kind, &h.ID, &h.Number, &h.TenderID, &h.Day, &h.Year, &h.Title, &h.BuyerCode, &h.BuyerName, keys, &h.SupplierName, &h.CPV,
		&h.Method, &h.Competitive, &h.Status, &h.Amount, &h.Currency, &h.Signs, &h.Clear, &h.Example, &h.Demo, &h.ModifiedAt, &h.ChangedAt,
	}
}

func (h *Hit) supplier(keys []string) {
	if h.Suppliers = len(keys); h.Suppliers > 0 {
		h.SupplierKey, h.SoleTrader = keys[0], soleTrader(keys[0])
	}
	if soleTrader(h.BuyerCode) {
		h.BuyerCode, h.BuyerName = "", ""
	}
}

// totalMax bounds an exact total; past it a search says «понад 1000», which is
// also as far as pages go. Counting is most of what a search costs that nobody
// has asked before. Up to it a page is sorted out of all the hits; above it the
// rows are walked in the order of the list until a page is full.
const totalMax = 1000

// walkMost bounds such a walk: hits that all lie far back in the order are
// sorted out like few ones.
const walkMost = 6000

// totals are what a search says of all its hits.
type totals struct {
	n    int
	over bool
	sum  string
	// first are the newest hits and largest those with the largest sums, where the
	// way in which they were counted gave them: the first page comes with the count.
	first, largest []string
}

// page gives the ids that stand on a page, if it is one of the first.
func (t totals) page(sort string, limit, offset int) (ids []string, ok bool) {
	ids, most := t.first, firstMost
	if sort == SortAmount {
		ids, most = t.largest, PageSize+1
	}
	if ids == nil || offset+limit > most && len(ids) == most {
		return nil, false
	}
	return ids[min(offset, len(ids)):min(offset+limit, len(ids))], true
}

// firstMost is how many of them are kept: what a feed holds, and one more.
const firstMost = feedItems + 1

// Search gives a page of the hits, in the order of q.Sort. The total, the sum and
// which rows stand on the page are remembered until the register changes (at most
// some seconds when another process changed it); what the rows say is read anew.
func (s *Service) Search(ctx context.Context, q Query) (Result, error) {
	out := Result{Page: max(1, min(q.Page, MaxPage)), Sum: "0"}
	ctx, err := s.stamped(ctx)
	if err != nil {
		return out, err
	}
	p := params{}
	list, impossible, err := s.conditions(ctx, q, &p)
	if err != nil || impossible {
		return out, err
	}
	t, err := s.totals(ctx, q, list, p)
	if err != nil {
		return out, err
	}
	out.Total, out.AtLeast, out.Sum = t.n, t.over, t.sum
	out.Pages = min(MaxPage, (t.n+PageSize-1)/PageSize)
	offset := (out.Page - 1) * PageSize
	if t.n <= offset && offset > 0 && !t.over {
		return out, nil
	}
	if out.Hits, err = s.hits(ctx, q, list, p, t, PageSize+1, offset); err != nil {
		return out, err
	}
	if out.More = len(out.Hits) > PageSize; out.More {
		out.Hits = out.Hits[:PageSize]
		out.More = out.Page < MaxPage
	}
	if seen := offset + len(out.Hits); seen > out.Total {
		out.Total, out.Pages = seen, min(MaxPage, (seen+PageSize-1)/PageSize)
	}
	return out, nil
}

func orderOf(q Query) string {
	if q.Sort == SortAmount {
		return "r.amount DESC NULLS LAST, r.id"
	}
	return "r.day DESC, r.id"
}

// where finds the rows that fulfil all conditions.
func where(list []condition) string {
	parts := make([]string, len(list))
	for i, c := range list {
		parts[i] = cmp.Or(c.find, c.sql)
	}
	return strings.Join(parts, " AND ")
}

// among looks at rows that are there already, and needs no index.
func among(list []condition) string {
	parts := make([]string, len(list))
	for i, c := range list {
		parts[i] = c.sql
	}
	return strings.Join(parts, " AND ")
}

// hits reads one page. Which way is right the planner cannot know, because it
// guesses how many rows hold a word; the total says it exactly.
func (s *Service) hits(ctx context.Context, q Query, list []condition, p params, t totals, limit, offset int) ([]Hit, error) {
	order, sort := orderOf(q), cmp.Or(q.Sort, SortDay)
	if ids, ok := t.page(sort, limit, offset); ok {
		return s.byID(ctx, q.Kind, ids, order)
	}
	if byTerms(list, sort) {
		return s.found(ctx, q, list, p, limit, offset)
	}
	cut := fmt.Sprintf(" LIMIT %d OFFSET %d", limit, offset)
	var along, others []condition
	for _, c := range list {
		if c.indexed(sort) {
			along = append(along, c)
		} else {
			others = append(others, c)
		}
	}
	if len(others) == 0 || t.over {
		walk := " FROM procurement_register r WHERE " + where(along) + " ORDER BY " + order
		if len(others) == 0 {
			walk = "SELECT " + hitColumns + walk + cut
		} else {
			// The inner LIMIT also keeps the planner from using another index for the other conditions.
			walk = "SELECT " + hitColumns + " FROM (SELECT *" + walk + fmt.Sprintf(" LIMIT %d", walkMost) + ") r WHERE " + among(others) + " ORDER BY " + order + cut
		}
		hits, err := s.collect(ctx, walk, p)
		if err != nil || len(hits) == limit || len(others) == 0 {
			return hits, err
		}
	}
	// All of them have to be found to be put in order: which stand on the page is
	// remembered until the register changes, what they are is read each time.
	q.Page = offset/PageSize + 1
	key := q.Values().Encode() + fmt.Sprint("&", limit, q.examples)
	ids, err := cached(ctx, s, &s.reads.found, key, func(ctx context.Context) ([]string, error) {
		rows, err := s.db.ReadPool().Query(ctx, "WITH r AS MATERIALIZED (SELECT r.id, r.day, r.amount FROM procurement_register r WHERE "+where(list)+
			") SELECT r.id FROM r ORDER BY "+order+cut, p...)
		if err != nil {
			return nil, err
		}
		return pgx.CollectRows(rows, pgx.RowTo[string])
	})
	if err != nil {
		return nil, err
	}
	return s.byID(ctx, q.Kind, ids, order)
}

// byID reads rows as they are now.
func (s *Service) byID(ctx context.Context, kind string, ids []string, order string) ([]Hit, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return s.collect(ctx, "SELECT "+hitColumns+" FROM procurement_register r WHERE r.kind = "+literal(cmp.Or(kind, Contracts))+" AND r.id = ANY ($1) ORDER BY "+order, params{ids})
}

func (s *Service) collect(ctx context.Context, sql string, p params) ([]Hit, error) {
	rows, err := s.db.ReadPool().Query(ctx, sql, p...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanHit)
}

// totals counts the hits of a search and sums them, up to totalMax of them.
// Every search is remembered until the register changes.
func (s *Service) totals(ctx context.Context, q Query, list []condition, p params) (totals, error) {
	asked := q
	q.Page, q.Sort, q.after = 0, "", ""
	key := q.Values().Encode()
	if q.examples {
		key += "&examples"
	}
	return cached(ctx, s, &s.reads.totals, key, func(ctx context.Context) (totals, error) {
		if !q.Filtered() || key == (Query{Kind: q.Kind, Year: q.Year}).Values().Encode() {
			if t, ok, err := s.yearTotals(ctx, q); ok || err != nil {
				return t, err
			}
		}
		if byTerms(list, cmp.Or(asked.Sort, SortDay)) {
			return s.count(ctx, asked, list, p)
		}
		var t totals
		err := s.db.ReadPool().QueryRow(ctx, totalsSQL(list), p...).Scan(&t.n, &t.sum, &t.first)
		if t.n > totalMax {
			t = totals{n: totalMax, over: true}
		}
		return t, err
	})
}

func totalsSQL(list []condition) string {
	return "WITH m AS MATERIALIZED (SELECT r.id, r.day, r.amount, r.currency FROM procurement_register r WHERE " + where(list) + fmt.Sprintf(" LIMIT %d)", totalMax+1) +
		" SELECT count(*), coalesce(sum(amount) FILTER (WHERE currency = 'UAH'), 0)::text, CASE WHEN count(*) <= " + strconv.Itoa(totalMax) +
		fmt.Sprintf(" THEN ARRAY(SELECT id FROM m ORDER BY day DESC, id LIMIT %d) END FROM m", firstMost)
}

// yearTotals are the totals of a kind, or of a year of it: exact whatever their
// number, from the figures of the whole register.
func (s *Service) yearTotals(ctx context.Context, q Query) (t totals, ok bool, err error) {
	g, err := s.figures(ctx)
	if err != nil {
		return t, false, err
	}
	c := g.byKindYear[kindYear{cmp.Or(q.Kind, Contracts), q.Year}]
	return totals{n: c.n, sum: c.listed.String()}, true, nil
}

// Facets gives the values that the filters of a kind can take.
func (s *Service) Facets(ctx context.Context, kind string) (Facets, error) {
	if kind != Tenders && kind != Plans {
		kind = Contracts
	}
	return cached(ctx, s, &s.reads.facets, kind, func(ctx context.Context) (Facets, error) { return s.readFacets(ctx, kind) })
}

func (s *Service) readFacets(ctx context.Context, kind string) (f Facets, err error) {
	city, err := s.cityOnly(ctx)
	if err != nil {
		return f, err
	}
	from := " FROM procurement_register r WHERE r.kind = " + literal(kind)
	if city {
		from += " AND NOT r.example"
	}
	g, err := s.figures(ctx)
	if err != nil {
		return f, err
	}
	for _, y := range g.years(kind) {
		f.Years = append(f.Years, Facet{y.Key, y.Count})
	}
	b := &pgx.Batch{}
	b.Queue("SELECT r.method, count(*)" + from + " AND r.method <> '' GROUP BY r.method ORDER BY 2 DESC, 1 LIMIT 60")
	b.Queue("SELECT r.status, count(*)" + from + " GROUP BY r.status ORDER BY 2 DESC, 1 LIMIT 60")
	b.Queue("SELECT x, count(*) FROM (SELECT unnest(r.signs) x" + from + " AND r.signs <> '{}') y GROUP BY x ORDER BY 2 DESC, 1 LIMIT 200")
	b.Queue("SELECT r.buyer_code, count(*)" + from + " GROUP BY r.buyer_code ORDER BY 2 DESC, 1 LIMIT 2000")
	res := s.db.ReadPool().SendBatch(ctx, b)
	defer func() { _ = res.Close() }()
	for _, to := range []*[]Facet{&f.Methods, &f.Statuses, &f.Signs} {
		rows, err := res.Query()
		if err != nil {
			return f, err
		}
		if *to, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Facet]); err != nil {
			return f, err
		}
	}
	rows, err := res.Query()
	if err != nil {
		return f, err
	}
	if f.Buyers, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (c Slice, err error) {
		err = r.Scan(&c.Key, &c.Count)
		return c, err
	}); err != nil {
		return f, err
	}
	if err := res.Close(); err != nil {
		return f, err
	}
	if err := s.nameSlices(ctx, kind, f.Buyers, nil); err != nil {
		return f, err
	}
	slices.SortStableFunc(f.Buyers, func(a, b Slice) int { return cmp.Compare(a.Name, b.Name) })
	return f, nil
}

// find gives one row of the register by public number or id; errs.NotFound. Of
// several with one number (a derived document beside its original) the real one.
func (s *Service) find(ctx context.Context, kind, id string) (Hit, error) {
	if utf8.RuneCountInString(id) > maxNumber {
		return Hit{}, errs.NotFound()
	}
	// The tables of the three kinds have an index on the number, the register has none.
	hits, err := s.collect(ctx, "SELECT "+hitColumns+` FROM procurement_register r WHERE r.kind = `+literal(kind)+` AND r.id IN
		(SELECT $1 UNION ALL SELECT id FROM procurement_`+kind+`s WHERE number = $1) ORDER BY r.demo, r.id LIMIT 1`, params{id})
	if err != nil {
		return Hit{}, err
	}
	if len(hits) == 0 {
		return Hit{}, errs.NotFound()
	}
	err = s.db.ReadPool().QueryRow(ctx, "SELECT EXISTS (SELECT FROM procurement_queue WHERE resource = $1 AND id = $2 AND gone)", kind, hits[0].ID).Scan(&hits[0].Gone)
	return hits[0], err
}

// notFound tells a row that is absent from a database that fails.
func notFound(err error) error {
	if db.IsNotFound(err) {
		return errs.NotFound()
	}
	return err
}
