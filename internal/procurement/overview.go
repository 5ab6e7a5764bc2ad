package procurement

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"ereception/internal/platform/errs"
)

// Slice is a part of a sum: of one buyer, year, CPV division, supplier or indicator.
type Slice struct {
	Key        string // code of the buyer, year, division (45), key of the supplier, id of the indicator; empty: all the others together
	Name       string // empty for a sole trader, a year, a division and an indicator
	SoleTrader bool
	Demo       bool // of a buyer: all its documents are of the demonstration
	Count      int
	Sum        string // decimal, hryvnias
	Signs      int    // rows with a sign
}

// Share is the competitive part of the contracts whose procedure is known: one
// whose tender the mirror does not have is neither.
type Share struct {
	Count, Of        int
	Sum, OfSum       string // decimal
	Percent, SumRate int    // per cent by number and by sum
}

// Overview is the front page of the purchases. Sums are in hryvnias; contracts
// in another currency and those that were cancelled are counted but not summed.
type Overview struct {
	Year      int  // 0: all years
	Examples  bool // there is no purchase of the city yet: all figures are of examples
	Contracts int
	Sum       string
	Signs     int // contracts with a sign
	Clear     int // with none, and at least one indicator calculated
	Uncounted int // none calculated
	Tenders   int
	Plans     int
	Buyers    int

	ByBuyer     []Slice // the largest sums first, the others as the last with an empty Key
	ByYear      []Slice // all years, the newest first, whatever Year is
	ByCPV       []Slice
	BySupplier  []Slice
	ByIndicator []Slice // signs: Key is the id as in Hit.Signs
	Competitive Share

	Worth     []Hit     // the newest contracts with a sign
	UpdatedAt time.Time // the newest dateModified of the register; zero: empty
}

// Party is a buyer or a supplier with what it bought or sold.
type Party struct {
	Code       string // ЄДР; empty for a sole trader
	Key        string // of a supplier
	Name       string // empty for a sole trader
	SoleTrader bool
	City       *Buyer // a buyer of the city's list; nil: an example, or a supplier
	Example    bool
	Demo       bool // of a buyer: it was invented, all its documents are of the demonstration

	Contracts   int
	Sum         string
	Signs       int
	Clear       int
	Uncounted   int
	Tenders     int
	Plans       int
	ByYear      []Slice
	ByCPV       []Slice
	Others      []Slice // suppliers of a buyer, buyers of a supplier
	ByIndicator []Slice
	Competitive Share
	Latest      []Hit
}

// BuyerLine is a buyer in the list of buyers.
type BuyerLine struct {
	Code, Name string
	City       *Buyer // nil: the buyer of an example
	Demo       bool   // an invented one: all its documents are of the demonstration
	Contracts  int
	Tenders    int
	Sum        string
	Signs      int
	Last       time.Time
}

// IndicatorCount is how often an indicator gave which value. ID is as in
// Hit.Signs: DASU-3-3, DASU-3-3@contract.
type IndicatorCount struct {
	ID                 string
	Tenders, Contracts int // with a sign
	ClearTenders       int
	ClearContracts     int
}

// IndicatorPage is what one indicator found.
type IndicatorPage struct {
	IndicatorCount
	Latest []Hit // the newest contracts with the sign
	ByYear []Slice
}

// topN is how many parts a chart shows beside «others».
const topN = 12

// Overview counts the contracts of a year (0: of all). The city's own alone, or
// the examples while there is no other. The figures are at most some seconds old.
func (s *Service) Overview(ctx context.Context, year int) (Overview, error) {
	if year < 0 || year > 9999 {
		year = 0
	}
	return cached(ctx, s, &s.reads.overviews, strconv.Itoa(year), func(ctx context.Context) (Overview, error) { return s.readOverview(ctx, year) })
}

func (s *Service) readOverview(ctx context.Context, year int) (Overview, error) {
	o := Overview{Year: year}
	city, err := s.cityOnly(ctx)
	if err != nil {
		return o, err
	}
	o.Examples = !city
	f, err := s.figures(ctx)
	if err != nil {
		return o, err
	}
	o.Tenders, o.Plans = f.byKindYear[kindYear{Tenders, year}].n, f.byKindYear[kindYear{Plans, year}].n
	o.ByYear = f.years(Contracts)
	q := Query{Kind: Contracts, Year: year}
	a, err := s.aggregate(ctx, q)
	if err != nil {
		return o, err
	}
	o.Contracts, o.Sum, o.Signs, o.Clear, o.Uncounted = a.all.n, a.all.sum.String(), a.all.signs, a.all.clear, a.all.uncounted
	o.Buyers, o.ByBuyer, o.ByCPV, o.BySupplier, o.ByIndicator = a.buyers, a.byBuyer, a.byCPV, a.bySupplier, a.byIndicator
	o.Competitive = a.all.share()
	q.Sign = AnySign
	if o.Worth, err = s.newest(ctx, q, 10); err != nil {
		return o, err
	}
	o.UpdatedAt = f.newest
	return o, nil
}

// years lists the years of a kind, the newest first.
func (f figures) years(kind string) []Slice {
	var out []Slice
	for k, c := range f.byKindYear {
		if k.kind == kind && k.year != 0 {
			out = append(out, Slice{Key: strconv.Itoa(k.year), Count: c.n, Sum: c.sum.String(), Signs: c.signs})
		}
	}
	slices.SortFunc(out, func(a, b Slice) int { return cmp.Compare(b.Key, a.Key) })
	return out
}

func (c counts) share() Share {
	return Share{
		Count: c.open, Of: c.known, Sum: c.openSum.String(), OfSum: c.knownSum.String(),
		Percent: percent(int64(c.open), int64(c.known)), SumRate: percent(int64(c.openSum), int64(c.knownSum)),
	}
}

// newest reads the first hits of a search.
func (s *Service) newest(ctx context.Context, q Query, n int) ([]Hit, error) {
	p := params{}
	list, impossible, err := s.conditions(ctx, q, &p)
	if err != nil || impossible {
		return nil, err
	}
	t, err := s.totals(ctx, q, list, p)
	if err != nil {
		return nil, err
	}
	return s.hits(ctx, q, list, p, t, n, 0)
}

// aggregated are the contracts of a query by what they have in common.
type aggregated struct {
	all                counts
	buyers, suppliers  int // how many there are
	byBuyer, byCPV     []Slice
	bySupplier, byYear []Slice
	byIndicator        []Slice
}

// aggregate reads the contracts of the query once and sums them up in every way.
func (s *Service) aggregate(ctx context.Context, q Query) (a aggregated, err error) {
	p := params{}
	list, impossible, err := s.conditions(ctx, q, &p)
	if err != nil || impossible {
		return a, err
	}
	from := " FROM procurement_register r WHERE " + where(list)
	b := &pgx.Batch{}
	b.Queue(fmt.Sprintf(`SELECT g, coalesce(k, ''), n, kop, signs, clear, open, opensum, known, knownsum, parts FROM (
		SELECT x.*, row_number() OVER (PARTITION BY g ORDER BY kop DESC, n DESC, k) i, count(*) OVER (PARTITION BY g) parts FROM (
			SELECT CASE WHEN grouping(buyer) = 0 THEN 1 WHEN grouping(division) = 0 THEN 2 WHEN grouping(supplier) = 0 THEN 3 WHEN grouping(year) = 0 THEN 4 ELSE 0 END g,
				coalesce(buyer, division, supplier, year) k, count(*) n, %s kop, count(*) FILTER (WHERE r.sign) signs, count(*) FILTER (WHERE r.clear) clear,
				count(*) FILTER (WHERE r.competitive) open, %s opensum,
				count(*) FILTER (WHERE r.method <> '') known, %s knownsum
			FROM (SELECT r.buyer_code buyer, left(r.cpv, 2) division, coalesce(r.supplier_keys[1], '') supplier, r.year::text AS year, r.amount, r.currency,
				r.signs <> '{}' sign, r.signs = '{}' AND r.clear <> '{}' AS clear, r.competitive, r.method, r.status%s) r
			GROUP BY GROUPING SETS ((), (buyer), (division), (supplier), (year))) x) y
		WHERE g = 4 OR i <= %d ORDER BY g, i`, sumSQL, openSumSQL, knownSumSQL, from, topN), p...)
	b.Queue("SELECT x, count(*) FROM (SELECT unnest(r.signs) x"+from+" AND r.signs <> '{}') y GROUP BY x ORDER BY 2 DESC, 1", p...)
	res := s.db.ReadPool().SendBatch(ctx, b)
	defer func() { _ = res.Close() }()
	rows, err := res.Query()
	if err != nil {
		return a, err
	}
	var g, parts int
	var key string
	var c counts
	if _, err := pgx.ForEachRow(rows, []any{&g, &key, &c.n, &c.sum, &c.signs, &c.clear, &c.open, &c.openSum, &c.known, &c.knownSum, &parts}, func() error {
		line := Slice{Key: key, Count: c.n, Sum: c.sum.String(), Signs: c.signs}
		switch g {
		case 0:
			a.all = c
			a.all.uncounted = c.n - c.signs - c.clear
		case 1:
			a.byBuyer, a.buyers = append(a.byBuyer, line), parts
		case 2:
			a.byCPV = append(a.byCPV, line)
		case 3:
			a.bySupplier, a.suppliers = append(a.bySupplier, line), parts
		case 4:
			a.byYear = append(a.byYear, line)
		}
		return nil
	}); err != nil {
		return a, err
	}
	if rows, err = res.Query(); err != nil {
		return a, err
	}
	if a.byIndicator, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (x Slice, err error) {
		err = r.Scan(&x.Key, &x.Count)
		x.Sum, x.Signs = "", x.Count
		return x, err
	}); err != nil {
		return a, err
	}
	if err := res.Close(); err != nil {
		return a, err
	}
	slices.SortFunc(a.byYear, func(x, y Slice) int { return cmp.Compare(y.Key, x.Key) })
	if err := s.nameSlices(ctx, q.Kind, a.byBuyer, a.bySupplier); err != nil {
		return a, err
	}
	a.byBuyer, a.byCPV, a.bySupplier = withOthers(a.byBuyer, a.all), withOthers(a.byCPV, a.all), withOthers(a.bySupplier, a.all)
	return a, nil
}

// withOthers ends a list with what it leaves out. A part whose key is not known
// belongs there too.
func withOthers(list []Slice, all counts) []Slice {
	list = slices.DeleteFunc(list, func(x Slice) bool { return x.Key == "" })
	n, signs, sum := all.n, all.signs, all.sum
	for _, x := range list {
		n, signs, sum = n-x.Count, signs-x.Signs, sum-kopecks(x.Sum)
	}
	if n > 0 {
		list = append(list, Slice{Count: n, Sum: sum.String(), Signs: signs})
	}
	return list
}

// kopecks reads what hryvnias.String wrote.
func kopecks(s string) hryvnias {
	n, _ := strconv.ParseInt(strings.Replace(s, ".", "", 1), 10, 64)
	return hryvnias(n)
}

// nameSlices gives the parts their names: the buyers' of the city's list, else
// of the newest row.
func (s *Service) nameSlices(ctx context.Context, kind string, buyers, suppliers []Slice) error {
	var codes, keys []string
	for _, x := range buyers {
		codes = append(codes, x.Key)
	}
	for _, x := range suppliers {
		keys = append(keys, x.Key)
	}
	names, err := s.names(ctx, `SELECT c, coalesce((SELECT b.name FROM procurement_buyers b WHERE b.code = c),
		(SELECT r.buyer_name FROM procurement_register r WHERE r.kind = `+literal(kind)+` AND r.buyer_code = c ORDER BY r.day DESC, r.id LIMIT 1), '')
		FROM unnest($1::text[]) c`, codes)
	if err != nil {
		return err
	}
	// Most installations hold no demonstration: the first document of a buyer says so.
	invented, err := s.names(ctx, `SELECT c, '' FROM unnest($1::text[]) c WHERE NOT EXISTS (SELECT FROM procurement_buyers b WHERE b.code = c)
		AND NOT EXISTS (SELECT FROM procurement_register r WHERE r.kind IN ('contract', 'tender', 'plan') AND r.buyer_code = c AND NOT r.demo)`, codes)
	if err != nil {
		return err
	}
	for i := range buyers {
		if buyers[i].SoleTrader = soleTrader(buyers[i].Key); !buyers[i].SoleTrader {
			buyers[i].Name = names[buyers[i].Key]
		}
		_, buyers[i].Demo = invented[buyers[i].Key]
	}
	if names, err = s.names(ctx, "SELECT key, name FROM procurement_suppliers WHERE key = ANY ($1)", keys); err != nil {
		return err
	}
	for i := range suppliers {
		if suppliers[i].SoleTrader = soleTrader(suppliers[i].Key); !suppliers[i].SoleTrader {
			suppliers[i].Name = names[suppliers[i].Key]
		}
	}
	return nil
}

func (s *Service) names(ctx context.Context, sql string, keys []string) (map[string]string, error) {
	out := map[string]string{}
	if len(keys) == 0 {
		return out, nil
	}
	rows, err := s.db.ReadPool().Query(ctx, sql, keys)
	if err != nil {
		return nil, err
	}
	var k, name string
	_, err = pgx.ForEachRow(rows, []any{&k, &name}, func() error {
		out[k] = name
		return nil
	})
	return out, err
}

// latestN is how many of the newest contracts a party's page shows.
const latestN = 10

// Buyer gives a buyer with what it bought; errs.NotFound for one that has bought
// nothing and is not in the list either.
func (s *Service) Buyer(ctx context.Context, code string) (*Party, error) {
	p, err := cached(ctx, s, &s.reads.parties, "b "+code, func(ctx context.Context) (Party, error) { return s.readBuyer(ctx, code) })
	if err != nil {
		return nil, err
	}
	return &p, nil
}

func (s *Service) readBuyer(ctx context.Context, code string) (Party, error) {
	p := Party{Code: code}
	if soleTrader(code) || !codeForm.MatchString(code) {
		return p, errs.NotFound()
	}
	b, err := s.BuyerByCode(ctx, code)
	switch {
	case err == nil:
		p.City, p.Name = &b, b.Name
	case !errs.Is(err, errs.KindNotFound):
		return p, err
	}
	var name string
	var example bool
	err = s.db.ReadPool().QueryRow(ctx, `SELECT buyer_name, example, NOT EXISTS (SELECT FROM procurement_register o WHERE o.kind IN ('contract', 'tender', 'plan')
			AND o.buyer_code = $1 AND NOT o.demo) FROM procurement_register WHERE kind IN ('contract', 'tender', 'plan') AND buyer_code = $1
		ORDER BY day DESC LIMIT 1`, code).Scan(&name, &example, &p.Demo)
	if err = notFound(err); err != nil {
		if p.City != nil && errs.Is(err, errs.KindNotFound) {
			p.Sum = "0.00"
			return p, nil
		}
		return p, err
	}
	p.Name, p.Example, p.Demo = cmp.Or(p.Name, name), example && (p.City == nil || p.City.Demo), p.Demo && (p.City == nil || p.City.Demo)
	if err := s.fill(ctx, &p, Query{Kind: Contracts, Buyer: code, examples: true}); err != nil {
		return p, err
	}
	err = s.db.ReadPool().QueryRow(ctx, `SELECT (SELECT count(*) FROM procurement_register WHERE kind = 'tender' AND buyer_code = $1),
		(SELECT count(*) FROM procurement_register WHERE kind = 'plan' AND buyer_code = $1)`, code).Scan(&p.Tenders, &p.Plans)
	return p, err
}

// Supplier gives a supplier with what it sold; errs.NotFound.
func (s *Service) Supplier(ctx context.Context, key string) (*Party, error) {
	p, err := cached(ctx, s, &s.reads.parties, "s "+key, func(ctx context.Context) (Party, error) { return s.readSupplier(ctx, key) })
	if err != nil {
		return nil, err
	}
	return &p, nil
}

func (s *Service) readSupplier(ctx context.Context, key string) (Party, error) {
	p := Party{Key: key}
	if !leadingParty.MatchString(key) {
		return p, errs.NotFound()
	}
	if err := s.db.ReadPool().QueryRow(ctx, "SELECT name, code, sole_trader FROM procurement_suppliers WHERE key = $1", key).
		Scan(&p.Name, &p.Code, &p.SoleTrader); err != nil {
		return p, notFound(err)
	}
	if p.SoleTrader {
		p.Name, p.Code = "", ""
	}
	// Who sells to the city is shown with what the city bought; who sells to others alone, as an example.
	if err := s.db.ReadPool().QueryRow(ctx, `SELECT NOT EXISTS (SELECT FROM procurement_register
		WHERE kind IN ('contract', 'tender') AND supplier_keys @> ARRAY[$1]::text[] AND NOT example)`, key).Scan(&p.Example); err != nil {
		return p, err
	}
	if err := s.fill(ctx, &p, Query{Kind: Contracts, Supplier: key, examples: p.Example}); err != nil {
		return p, err
	}
	err := s.db.ReadPool().QueryRow(ctx, `SELECT count(*) FROM procurement_register
		WHERE kind = 'tender' AND supplier_keys @> ARRAY[$1]::text[] AND example = $2`, key, p.Example).Scan(&p.Tenders)
	return p, err
}

// fill counts the contracts of the query: of a party of examples those, else the city's.
func (s *Service) fill(ctx context.Context, p *Party, q Query) error {
	a, err := s.aggregate(ctx, q)
	if err != nil {
		return err
	}
	p.Contracts, p.Sum, p.Signs, p.Clear, p.Uncounted = a.all.n, a.all.sum.String(), a.all.signs, a.all.clear, a.all.uncounted
	p.ByYear, p.ByCPV, p.ByIndicator, p.Competitive = a.byYear, a.byCPV, a.byIndicator, a.all.share()
	if p.Others = a.bySupplier; q.Buyer == "" {
		p.Others = a.byBuyer
	}
	p.Latest, err = s.newest(ctx, q, latestN)
	return err
}

// BuyerLines lists the buyers of the city and those of the examples, the city's
// first, the largest sums first.
func (s *Service) BuyerLines(ctx context.Context) ([]BuyerLine, error) {
	return cached(ctx, s, &s.reads.buyers, "", s.readBuyerLines)
}

func (s *Service) readBuyerLines(ctx context.Context) ([]BuyerLine, error) {
	list, err := s.Buyers(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.ReadPool().Query(ctx, `SELECT r.buyer_code, count(*) FILTER (WHERE r.kind = 'contract'), count(*) FILTER (WHERE r.kind = 'tender'),
		least(coalesce(sum(r.amount) FILTER (WHERE r.currency = 'UAH' AND r.kind = 'contract' AND r.status <> 'cancelled'), 0) * 100, 9e18)::bigint,
		count(*) FILTER (WHERE r.kind = 'contract' AND r.signs <> '{}'), max(r.day) FILTER (WHERE r.kind <> 'plan'), max(r.buyer_name), bool_and(r.demo)
		FROM procurement_register r GROUP BY r.buyer_code`)
	if err != nil {
		return nil, err
	}
	by := map[string]*BuyerLine{}
	var codes []string
	var line BuyerLine
	var sum hryvnias
	var last *time.Time
	sums := map[string]hryvnias{}
	if _, err := pgx.ForEachRow(rows, []any{&line.Code, &line.Contracts, &line.Tenders, &sum, &line.Signs, &last, &line.Name, &line.Demo}, func() error {
		l := line
		if l.Sum = sum.String(); last != nil {
			l.Last = *last
		}
		last = nil
		if soleTrader(l.Code) {
			return nil
		}
		by[l.Code], sums[l.Code] = &l, sum
		codes = append(codes, l.Code)
		return nil
	}); err != nil {
		return nil, err
	}
	for i := range list {
		b := &list[i]
		if by[b.Code] == nil {
			by[b.Code] = &BuyerLine{Code: b.Code, Sum: "0.00"}
			codes = append(codes, b.Code)
		}
		by[b.Code].City, by[b.Code].Name, by[b.Code].Demo = b, b.Name, by[b.Code].Demo && b.Demo
	}
	slices.SortFunc(codes, func(a, b string) int {
		x, y := by[a], by[b]
		own := func(l *BuyerLine) int {
			if l.City != nil && !l.City.Demo {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(own(x), own(y)), cmp.Compare(sums[b], sums[a]), cmp.Compare(x.Name, y.Name), cmp.Compare(a, b))
	})
	out := make([]BuyerLine, 0, len(codes))
	for _, c := range codes {
		out = append(out, *by[c])
	}
	return out, nil
}

// IndicatorCounts tells of every indicator that has a value how often it gave which.
func (s *Service) IndicatorCounts(ctx context.Context) (map[string]IndicatorCount, error) {
	return cached(ctx, s, &s.reads.indicators, "", s.readIndicatorCounts)
}

func (s *Service) readIndicatorCounts(ctx context.Context) (map[string]IndicatorCount, error) {
	city, err := s.cityOnly(ctx)
	if err != nil {
		return nil, err
	}
	only := ""
	if city {
		only = " AND NOT r.example"
	}
	rows, err := s.db.ReadPool().Query(ctx, `SELECT id, count(*) FILTER (WHERE kind = 'tender' AND sign), count(*) FILTER (WHERE kind = 'contract' AND sign),
		count(*) FILTER (WHERE kind = 'tender' AND NOT sign), count(*) FILTER (WHERE kind = 'contract' AND NOT sign) FROM (
			SELECT r.kind, true AS sign, unnest(r.signs) id FROM procurement_register r WHERE r.signs <> '{}'`+only+`
			UNION ALL SELECT r.kind, false, unnest(r.clear) FROM procurement_register r WHERE r.clear <> '{}'`+only+`) x GROUP BY id`)
	if err != nil {
		return nil, err
	}
	out := map[string]IndicatorCount{}
	var c IndicatorCount
	_, err = pgx.ForEachRow(rows, []any{&c.ID, &c.Tenders, &c.Contracts, &c.ClearTenders, &c.ClearContracts}, func() error {
		out[c.ID] = c
		return nil
	})
	return out, err
}

// Indicator gives what one indicator found: «DASU-3-3@contract» in one profile,
// «DASU-3-3» in any of its profiles. What it means is in package indicator. An
// indicator without a value gives an empty page, no error.
func (s *Service) Indicator(ctx context.Context, id string) (IndicatorPage, error) {
	if !signForm.MatchString(id) || id == AnySign {
		return IndicatorPage{}, errs.NotFound()
	}
	return cached(ctx, s, &s.reads.pages, id, func(ctx context.Context) (p IndicatorPage, err error) {
		p.ID = id
		p.Contracts, p.ByYear, p.Latest, err = s.signed(ctx, Query{Kind: Contracts, Sign: id})
		if err != nil {
			return p, err
		}
		all, err := s.IndicatorCounts(ctx)
		if err != nil {
			return p, err
		}
		for _, x := range signIDs(id) {
			p.ClearContracts += all[x].ClearContracts
			p.ClearTenders += all[x].ClearTenders
		}
		p.Tenders, _, _, err = s.signed(ctx, Query{Kind: Tenders, Sign: id})
		return p, err
	})
}

func (s *Service) signed(ctx context.Context, q Query) (n int, byYear []Slice, latest []Hit, err error) {
	a, err := s.aggregate(ctx, q)
	if err != nil {
		return 0, nil, nil, err
	}
	latest, err = s.newest(ctx, q, PageSize)
	return a.all.n, a.byYear, latest, err
}
