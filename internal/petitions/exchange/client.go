package exchange

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"ereception/internal/petitions"
	"ereception/internal/platform/clock"
)

// Options of New.
type Options struct {
	URL     string        // base of the interface, such as https://host/api/v1
	Token   string        // bearer token of the city
	Agent   string        // User-Agent: the portal's address, by which its people are found
	Timeout time.Duration // of one request; 0: 15 s
	Clock   clock.Clock
}

// Client speaks with the platform. It is safe for concurrent use.
type Client struct {
	base    string
	token   string
	agent   string
	http    *http.Client
	breaker breaker
}

var _ petitions.Platform = (*Client)(nil)

// New builds a client; an error says which option is not usable.
func New(o Options) (*Client, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" ||
		u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost" && u.Hostname() != "127.0.0.1") {
		return nil, errors.New("the address is not of the form https://host/path")
	}
	if o.Token == "" || strings.ContainsAny(o.Token, " \r\n\t") {
		return nil, errors.New("the token is missing or has a space in it")
	}
	if o.Timeout <= 0 {
		o.Timeout = 15 * time.Second
	}
	return &Client{
		base: strings.TrimRight(o.URL, "/"), token: o.Token, agent: o.Agent,
		http: &http.Client{
			Timeout: o.Timeout,
			// The token is for the configured host alone.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		breaker: breaker{clock: o.Clock},
	}, nil
}

// answerMost bounds an answer: it is a few hundred bytes.
const answerMost = 64 << 10

// Publish tells of one revision of the petition.
func (c *Client) Publish(ctx context.Context, p petitions.Shared) (petitions.Held, error) {
	body, err := json.Marshal(documentOf(p))
	if err != nil {
		return petitions.Held{}, err
	}
	h, err := c.do(ctx, http.MethodPut, p.Number, body, strconv.FormatInt(p.Number, 10)+"-"+strconv.FormatInt(p.Revision, 10))
	if err == nil && h.Revision < p.Revision { // it said yes and kept what it had
		err = &petitions.PlatformError{Failure: petitions.FailAnswer}
	}
	return h, err
}

// Held asks what the platform has of the petition.
func (c *Client) Held(ctx context.Context, number int64) (petitions.Held, error) {
	return c.do(ctx, http.MethodGet, number, nil, "")
}

func (c *Client) do(ctx context.Context, method string, number int64, body []byte, key string) (petitions.Held, error) {
	if !c.breaker.allows() {
		return petitions.Held{}, &petitions.PlatformError{Failure: petitions.FailPaused}
	}
	h, failure := c.ask(ctx, method, number, body, key)
	if ctx.Err() != nil { // we ended it ourselves: that says nothing of the platform
		c.breaker.leave()
		return h, ctx.Err()
	}
	c.breaker.note(failure)
	if failure != "" {
		return petitions.Held{}, &petitions.PlatformError{Failure: failure}
	}
	return h, nil
}

// ask makes one request. The errors of the connection are dropped: they hold
// addresses.
func (c *Client) ask(ctx context.Context, method string, number int64, body []byte, key string) (petitions.Held, petitions.Failure) {
	var r io.Reader = http.NoBody
	if body != nil {
		r = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+"/petitions/"+strconv.FormatInt(number, 10), r)
	if err != nil {
		return petitions.Held{}, petitions.FailRefused
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("User-Agent", c.agent)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return petitions.Held{}, petitions.FailOffline
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(res.Body, answerMost+1))
	if err != nil {
		return petitions.Held{}, petitions.FailOffline
	}
	if f := failureOf(method, res.StatusCode); f != "" {
		return petitions.Held{}, f
	}
	if len(raw) > answerMost {
		return petitions.Held{}, petitions.FailAnswer
	}
	return read(raw, number)
}

// failureOf reads a status. 409 is no failure: the platform holds a later revision
// and says which.
func failureOf(method string, code int) petitions.Failure {
	switch {
	case code == http.StatusOK, method == http.MethodPut && (code == http.StatusCreated || code == http.StatusConflict):
		return ""
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return petitions.FailAccess
	case method == http.MethodGet && (code == http.StatusNotFound || code == http.StatusGone):
		return petitions.FailMissing
	case code == http.StatusTooManyRequests, code == http.StatusServiceUnavailable, code == http.StatusRequestTimeout:
		return petitions.FailBusy
	case code >= 500:
		return petitions.FailServer
	}
	return petitions.FailRefused // redirections too: nobody follows them with the token
}

// read checks the answer against the contract. Fields that it does not know are let
// through: the platform may grow.
func read(raw []byte, number int64) (petitions.Held, petitions.Failure) {
	var h held
	if json.Unmarshal(raw, &h) != nil || h.Contract != ContractHeld || h.Number != number || h.Revision < 1 || h.AsOf.IsZero() ||
		!page(h.URL) || h.Count != nil && (*h.Count < 0 || *h.Count > 100_000_000) || h.Answer != nil && !page(h.Answer.URL) {
		return petitions.Held{}, petitions.FailAnswer
	}
	out := petitions.Held{Revision: h.Revision, URL: h.URL, Count: h.Count, At: h.AsOf.UTC()}
	if h.Answer != nil {
		out.AnswerURL = h.Answer.URL
	}
	return out, ""
}

// page accepts an address that the administrator's page may link to.
func page(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil && len(s) <= 500
}

// breaker leaves a platform alone that failed several times in a row: for a minute,
// then twice as long each time, an hour at most. One request then tries.
type breaker struct {
	clock clock.Clock
	mu    sync.Mutex
	fails int
	until time.Time // nobody asks before
	trial bool      // the one that tries is on its way
}

const (
	breakAfter = 5
	breakFirst = time.Minute
	breakMost  = time.Hour
)

func (b *breaker) allows() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fails < breakAfter {
		return true
	}
	if b.trial || b.clock.Now().Before(b.until) {
		return false
	}
	b.trial = true
	return true
}

func (b *breaker) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trial = false
}

// note counts what the platform as a whole is to blame for.
func (b *breaker) note(f petitions.Failure) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trial = false
	switch f {
	case petitions.FailOffline, petitions.FailBusy, petitions.FailServer, petitions.FailAccess:
	default:
		b.fails, b.until = 0, time.Time{}
		return
	}
	if b.fails++; b.fails >= breakAfter {
		pause := breakMost
		if n := b.fails - breakAfter; n < 6 {
			pause = min(breakFirst<<n, breakMost)
		}
		b.until = b.clock.Now().Add(pause)
	}
}
