package exchange

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// reference is the platform as the contract means it: what the recordings are made
// of, and what somebody who builds the other side may compare with.
type reference struct {
	token  string
	asOf   time.Time
	schema *jsonschema.Schema
	fails  int // status of every answer; 0: it works
	held   map[int64]held
}

func (r *reference) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	refuse := func(status int) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"error":"`+strings.ToLower(http.StatusText(status))+`"}`)
	}
	number, err := strconv.ParseInt(strings.TrimPrefix(req.URL.Path, "/v1/petitions/"), 10, 64)
	switch {
	case r.fails != 0:
		refuse(r.fails)
		return
	case req.Header.Get("Authorization") != "Bearer "+r.token:
		refuse(http.StatusUnauthorized)
		return
	case err != nil || number < 1 || req.URL.RawQuery != "":
		refuse(http.StatusNotFound)
		return
	}
	status := http.StatusOK
	h, known := r.held[number]
	switch req.Method {
	case http.MethodGet:
		if !known {
			refuse(http.StatusNotFound)
			return
		}
	case http.MethodPut:
		body, _ := io.ReadAll(io.LimitReader(req.Body, 1<<20))
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
		var d document
		if err != nil || r.schema.Validate(doc) != nil || json.Unmarshal(body, &d) != nil || d.Number != number ||
			req.Header.Get("Content-Type") != "application/json" ||
			req.Header.Get("Idempotency-Key") != strconv.FormatInt(number, 10)+"-"+strconv.FormatInt(d.Revision, 10) {
			refuse(http.StatusUnprocessableEntity)
			return
		}
		switch {
		case !known:
			status = http.StatusCreated
			h = held{Contract: ContractHeld, Number: number, URL: "https://vzaemodiia.example/petitions/" + strconv.FormatInt(1000+number, 10)}
			fallthrough
		case d.Revision >= h.Revision:
			h.Revision, h.AsOf = d.Revision, r.asOf
			r.held[number] = h
		default:
			status = http.StatusConflict
		}
	default:
		refuse(http.StatusMethodNotAllowed)
		return
	}
	b, _ := json.Marshal(h)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(b)
}
