package mirror

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"ereception/internal/platform/clock"
)

// Client speaks with the public OpenProcurement API. It needs no key. It keeps
// to a rate, names itself and a contact, keeps the cookie of the API's cluster,
// and asks again by itself what may succeed the next time. It is safe for
// concurrent use.
type Client struct {
	base   string
	agent  string
	http   *http.Client
	limit  *limiter
	clock  clock.Clock
	sleep  Sleeper
	slots  chan struct{}
	tries  int
	maxLen int64
}

// ClientOptions of NewClient. Zero values stand for what is said at each.
type ClientOptions struct {
	BaseURL string        // such as https://public-api.prozorro.gov.ua/api/2.5
	Contact string        // page or address of the operator, in the User-Agent
	Rate    float64       // requests a second; 5
	Flight  int           // requests under way at once; 4
	Timeout time.Duration // of one request; 60 s
	Tries   int           // of one request, refusals by 429 apart; 5
	MaxBody int64         // bytes of an answer; 64 MiB
	Clock   clock.Clock   // the machine's
	Sleep   Sleeper       // timers
}

var (
	// ErrReset says that the position in a feed is no longer valid.
	ErrReset = errors.New("the position in the feed is no longer valid")
	// ErrGone says that a document is deleted or closed for the public.
	ErrGone = errors.New("the document is gone or closed for the public")
	// ErrNoFeed says that the host has no such feed.
	ErrNoFeed = errors.New("the host has no such feed")
)

// apiErr is what the API or the way to it did wrong, in words that hold nothing
// of what it sent.
type apiErr struct {
	text  string
	again bool // may pass by itself
}

func (e *apiErr) Error() string { return e.text }

// apiError reports whether err came from the API: it stops nothing.
func apiError(err error) bool {
	var e *apiErr
	return errors.As(err, &e) || errors.Is(err, ErrReset) || errors.Is(err, ErrGone) || errors.Is(err, ErrNoFeed)
}

// NewClient builds a client; an error says that the address is not one.
func NewClient(o ClientOptions) (*Client, error) {
	u, err := url.Parse(o.BaseURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("the address of the API is not of the form https://host/api/2.5")
	}
	if o.Rate <= 0 {
		o.Rate = 5
	}
	if o.Flight <= 0 {
		o.Flight = 4
	}
	if o.Timeout <= 0 {
		o.Timeout = time.Minute
	}
	if o.Tries <= 0 {
		o.Tries = 5
	}
	if o.MaxBody <= 0 {
		o.MaxBody = 64 << 20
	}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Sleep == nil {
		o.Sleep = Timers{}
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	agent := "ereception-mirror/1.0"
	if c := strings.Map(visible, o.Contact); c != "" {
		agent += " (+" + c + ")"
	}
	return &Client{
		base: strings.TrimRight(o.BaseURL, "/"), agent: agent, tries: o.Tries, maxLen: o.MaxBody, clock: o.Clock, sleep: o.Sleep,
		http:  &http.Client{Jar: jar, Timeout: o.Timeout},
		slots: make(chan struct{}, o.Flight),
		limit: &limiter{clock: o.Clock, sleep: o.Sleep, gap: time.Duration(float64(time.Second) / o.Rate)},
	}, nil
}

func visible(r rune) rune {
	if r <= ' ' || r > '~' || r == '(' || r == ')' {
		return -1
	}
	return r
}

// paths are the names of the resources in addresses.
var paths = map[string]string{tender: "tenders", contract: "contracts", plan: "plans", monitoring: "monitorings"}

// fields are what is asked of a feed beside id and dateModified.
var fields = map[string]string{
	tender:     "dateCreated,dateModified,procuringEntity,procurementMethodType,status,public_modified",
	contract:   "dateModified,public_modified",
	plan:       "dateCreated,dateModified,procuringEntity,public_modified",
	monitoring: "dateModified,tender_id,public_modified",
}

// Item is one line of a feed. What the feed did not say is zero.
type Item struct {
	ID       string
	Modified time.Time // dateModified
	Position time.Time // by what the feed is ordered: public_modified, else dateModified
	Created  time.Time
	Buyer    string // code of procuringEntity
	TenderID string // of a monitoring
}

// Page is one page of a feed. The offsets are opaque; empty: not given.
type Page struct {
	Items []Item // those that have a usable id
	Count int    // all that there are
	Next  string
	Prev  string
	Short bool // fewer items than asked for: the end in this direction
}

var idShape = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)

// Page reads a page of the feed: from offset on, or the first one; towards
// older changes when descending. ErrReset: the offset is no longer valid.
// ErrNoFeed: the host has no such feed. Other errors come after several attempts.
func (c *Client) Page(ctx context.Context, resource, offset string, descending bool, limit int) (Page, error) {
	q := url.Values{"limit": {strconv.Itoa(limit)}, "opt_fields": {fields[resource]}}
	if offset != "" {
		q.Set("offset", offset)
	}
	if descending {
		q.Set("descending", "1")
	}
	var p Page
	err := c.get(ctx, paths[resource]+"?"+q.Encode(), true, offset == "", func(b []byte) error {
		var body struct {
			Data []json.RawMessage `json:"data"`
			Next offsetField       `json:"next_page"`
			Prev offsetField       `json:"prev_page"`
		}
		if err := json.Unmarshal(b, &body); err != nil || body.Data == nil {
			return &apiErr{"the page of the feed is cut off or no page", true}
		}
		p = Page{Next: string(body.Next), Prev: string(body.Prev), Count: len(body.Data), Short: len(body.Data) < limit}
		for _, raw := range body.Data {
			if it, ok := readItem(raw); ok {
				p.Items = append(p.Items, it)
			}
		}
		return nil
	})
	if errors.Is(err, ErrGone) {
		if offset != "" {
			return Page{}, ErrReset
		}
		return Page{}, ErrNoFeed
	}
	if err != nil {
		return Page{}, err
	}
	return p, nil
}

// offsetField reads {"offset": …}, whatever kind of value it is.
type offsetField string

// UnmarshalJSON never fails: a page without an offset is still a page.
func (f *offsetField) UnmarshalJSON(b []byte) error {
	var v struct {
		Offset json.RawMessage `json:"offset"`
	}
	*f = ""
	if json.Unmarshal(b, &v) == nil {
		*f = offsetField(word(v.Offset))
	}
	return nil
}

// word is a JSON string, or a number as it is written; "" for anything else.
func word(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return ""
}

// head is what the mirror reads of an item of a feed and of a document. Every
// field by itself may be of another kind than expected: it is then unknown.
type head struct {
	ID        json.RawMessage `json:"id"`
	Modified  json.RawMessage `json:"dateModified"`
	Created   json.RawMessage `json:"dateCreated"`
	Public    json.RawMessage `json:"public_modified"`
	Entity    json.RawMessage `json:"procuringEntity"`
	TenderID  json.RawMessage `json:"tender_id"`
	Contracts json.RawMessage `json:"contracts"`
}

func readItem(raw json.RawMessage) (Item, bool) {
	var h head
	if json.Unmarshal(raw, &h) != nil {
		return Item{}, false
	}
	it := Item{ID: word(h.ID), Modified: moment(h.Modified), Created: moment(h.Created), Position: moment(h.Public), Buyer: buyer(h.Entity), TenderID: word(h.TenderID)}
	if it.Position.IsZero() {
		it.Position = it.Modified
	}
	return it, idShape.MatchString(it.ID)
}

// moment reads a time as the API writes it: ISO 8601, or seconds since 1970.
// Cut to microseconds, as the database keeps it.
func moment(raw json.RawMessage) time.Time {
	s := word(raw)
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t.Truncate(time.Microsecond)
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && f > 0 && f < 1e11 {
		return time.UnixMicro(int64(f * 1e6))
	}
	return time.Time{}
}

func buyer(raw json.RawMessage) string {
	var e struct {
		Identifier struct {
			Scheme json.RawMessage `json:"scheme"`
			ID     json.RawMessage `json:"id"`
		} `json:"identifier"`
	}
	if json.Unmarshal(raw, &e) != nil {
		return ""
	}
	if s := word(e.Identifier.Scheme); s != "" && s != "UA-EDR" {
		return s + "-" + word(e.Identifier.ID) // of a foreign register: nobody of the city
	}
	return word(e.Identifier.ID)
}

// Document is a document of the API without its envelope, and what the mirror
// reads of it.
type Document struct {
	Item
	Raw       json.RawMessage
	Contracts []string // ids that a tender names
}

// Document fetches one document. ErrGone: deleted, closed, or masked as
// restricted. Other errors come after several attempts.
func (c *Client) Document(ctx context.Context, resource, id string) (Document, error) {
	var d Document
	err := c.get(ctx, paths[resource]+"/"+url.PathEscape(id), false, false, func(b []byte) error {
		var body struct {
			Data   json.RawMessage `json:"data"`
			Config struct {
				Restricted bool `json:"restricted"`
			} `json:"config"`
		}
		var syntax *json.SyntaxError
		if err := json.Unmarshal(b, &body); errors.As(err, &syntax) || len(b) == 0 {
			return &apiErr{"the document is cut off", true}
		}
		if body.Config.Restricted {
			return ErrGone // its values are masked: better none than wrong ones
		}
		var h head
		if json.Unmarshal(body.Data, &h) != nil {
			return &apiErr{"the document is not an object", false}
		}
		d = Document{Raw: body.Data}
		d.Item, _ = readItem(body.Data)
		if d.ID != id {
			return &apiErr{"the document has another id", false}
		}
		var list []json.RawMessage
		_ = json.Unmarshal(h.Contracts, &list)
		for _, raw := range list {
			if it, ok := readItem(raw); ok {
				d.Contracts = append(d.Contracts, it.ID)
			}
		}
		return nil
	})
	return d, err
}

// absentTries is how often a feed must be missing to be believed so.
const absentTries = 3

// Delays between the attempts of one request.
const (
	tryBase = 5 * time.Second
	tryMax  = 2 * time.Minute
)

// get asks for the address until it has an answer that read accepts. Refusals
// by 429 are waited out: for a feed several, so that its row can tell, for a
// document without end. What may pass by itself is tried several times; the rest
// is returned at once. again404: a 404 may be chance, too.
func (c *Client) get(ctx context.Context, ref string, feed, again404 bool, read func([]byte) error) error {
	cookies, refusals := 0, 0
	for n := 1; ; {
		err := c.ask(ctx, ref, read)
		var e *apiErr
		switch {
		case err == nil || ctx.Err() != nil:
			return err
		case errors.Is(err, errRefused):
			if refusals++; feed && refusals >= c.tries {
				return &apiErr{"status 429: the API asks to slow down", true}
			}
			continue // the limiter holds us back
		case errors.Is(err, errCookie) && cookies < 3:
			cookies++ // the answer brought the cookie of the cluster: ask again with it
			continue
		case errors.Is(err, errCookie):
			err = &apiErr{"status 412", true}
		case errors.Is(err, ErrGone) && again404 && n < absentTries:
		case errors.As(err, &e) && e.again:
		default:
			return err
		}
		if n >= c.tries {
			return err
		}
		if err := c.sleep.Sleep(ctx, grow(tryBase, n, tryMax)); err != nil {
			return err
		}
		n++
	}
}

var (
	errRefused = errors.New("status 429")
	errCookie  = errors.New("status 412")
)

// ask makes one request in its turn.
func (c *Client) ask(ctx context.Context, ref string, read func([]byte) error) error {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	epoch, err := c.limit.wait(ctx)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/"+ref, nil)
	if err != nil {
		return &apiErr{"the address is not one", false}
	}
	req.Header.Set("User-Agent", c.agent)
	req.Header.Set("Accept", "application/json")
	res, err := c.http.Do(req)
	if err != nil {
		return c.broken(ctx)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, c.maxLen+1))
	switch code := res.StatusCode; {
	case code == http.StatusTooManyRequests:
		c.limit.refused(epoch, c.retryAfter(res.Header.Get("Retry-After")))
		return errRefused
	case code == http.StatusPreconditionFailed:
		return errCookie
	case code == http.StatusNotFound, code == http.StatusGone:
		c.limit.served(epoch)
		return ErrGone
	case code != http.StatusOK: // 403 included: who shuts us out says nothing about the document
		return &apiErr{fmt.Sprintf("status %d", code), code >= 500 || code == http.StatusRequestTimeout}
	case err != nil:
		return c.broken(ctx)
	case int64(len(body)) > c.maxLen:
		return &apiErr{fmt.Sprintf("the answer is longer than %d MiB", c.maxLen>>20), false}
	}
	c.limit.served(epoch)
	return read(body)
}

// broken hides the error of the connection: it holds addresses.
func (c *Client) broken(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &apiErr{"the connection broke", true}
}

// retryAfter reads the header: seconds or a date (RFC 9110, 10.2.3).
func (c *Client) retryAfter(s string) time.Duration {
	if n, err := strconv.Atoi(strings.TrimSpace(s)); err == nil && n > 0 {
		return time.Duration(min(n, 3600)) * time.Second
	}
	if t, err := http.ParseTime(s); err == nil {
		return max(t.Sub(c.clock.Now()), 0)
	}
	return 0
}
