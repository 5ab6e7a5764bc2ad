// Command procsample packs documents of the OpenProcurement API that were found
// in public repositories into the two files that the portal carries:
//
//	internal/procurement/data/sample.jsonl.gz     what the demonstration loads: documents of repositories with a licence
//	internal/procurement/testdata/more.jsonl.gz   everything else, for the tests alone
//
// with data/SOURCES.md, which names repository, path, commit and licence of
// each. A line is {"file","demo","data"}; demo marks what is derived, synthetic
// or of a sandbox and never was a purchase.
//
//	go run ./internal/tools/procsample FOLDER
//
// where FOLDER holds SOURCES.md and the folders tenders, tenders_derived,
// tenders_synthetic, contracts, plans and monitorings.
package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/md5"
	"encoding/json"
	"fmt"
	"log"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

type doc struct {
	File   string          `json:"file"`
	Demo   bool            `json:"demo"`
	Data   json.RawMessage `json:"data"`
	source []string
	id     string
	number string
	tender string
	rank   string
	test   bool
	ok     bool
}

var (
	row        = regexp.MustCompile(`^\|\s*([a-z_]+/[^|]+\.json)\s*\|(.*)\|\s*$`)
	unlicensed = "no licence"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: procsample FOLDER")
	}
	if err := pack(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func pack(dir string) error {
	sources, err := os.ReadFile(filepath.Join(dir, "SOURCES.md"))
	if err != nil {
		return err
	}
	rows := map[string][]string{}
	for line := range strings.Lines(string(sources)) {
		if m := row.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			var cells []string
			for _, c := range strings.Split(m[2], "|") {
				cells = append(cells, strings.TrimSpace(c))
			}
			rows[strings.TrimSpace(m[1])] = cells
		}
	}
	var all []*doc
	for _, sub := range []string{"tenders", "tenders_derived", "tenders_synthetic", "contracts", "plans", "monitorings"} {
		files, err := filepath.Glob(filepath.Join(dir, sub, "*.json"))
		if err != nil {
			return err
		}
		for _, f := range files {
			d, err := read(f, sub+"/"+filepath.Base(f), rows)
			if err != nil {
				return fmt.Errorf("%s: %w", f, err)
			}
			if d != nil {
				all = append(all, d)
			}
		}
	}
	more, err := derive(all)
	if err != nil {
		return err
	}
	all = append(all, more...)
	for _, d := range all {
		if d.Data, err = scrub(d.Data); err != nil {
			return fmt.Errorf("%s: %w", d.File, err)
		}
	}
	choose(all)
	return write(all)
}

// read gives nil for a list, which is no document.
func read(path, file string, rows map[string][]string) (*doc, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var box struct {
		Data json.RawMessage `json:"data"`
	}
	if json.Unmarshal(raw, &box) == nil && len(box.Data) > 0 {
		raw = box.Data
	}
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		return nil, err
	}
	if b.Bytes()[0] != '{' {
		return nil, nil
	}
	var h struct {
		ID           string `json:"id"`
		Mode         string `json:"mode"`
		Status       string `json:"status"`
		TenderID     string `json:"tenderID"`
		Tender       string `json:"tender_id"`
		ContractID   string `json:"contractID"`
		PlanID       string `json:"planID"`
		MonitoringID string `json:"monitoring_id"`
		Modified     string `json:"dateModified"`
	}
	if err := json.Unmarshal(b.Bytes(), &h); err != nil {
		return nil, err
	}
	d := &doc{
		File: file, Data: b.Bytes(), source: rows[file], id: h.ID, number: h.TenderID + h.ContractID + h.PlanID + h.MonitoringID, tender: h.Tender,
		rank: h.Modified, test: h.Mode == "test",
	}
	licence := ""
	switch {
	case strings.HasPrefix(file, "tenders_derived/") && len(d.source) >= 2:
		base := rows["tenders/"+d.source[0]+".json"]
		d.Demo = true
		if len(base) > 3 {
			licence = base[3]
			d.source = []string{base[0], base[1] + " — " + d.source[1], base[2], licence, "derived"}
		}
	case len(d.source) >= 5:
		licence = d.source[3]
		kind := d.source[4]
		d.Demo = kind == "synthetic" || kind == "sandbox"
		if strings.HasPrefix(file, "tenders/") {
			d.source = append(slices.Clone(d.source[:4]), "real")
		}
	}
	d.ok = licence != "" && !strings.Contains(licence, unlicensed) && h.ID != "" && h.Mode != "test" && d.number != ""
	return d, nil
}

// derive gives the derived tenders contracts of their own, so that they do not
// share them with the tenders that they were made from, and makes a document of
// the contracting module for one of them: with three additional agreements.
func derive(all []*doc) ([]*doc, error) {
	var out []*doc
	for _, d := range all {
		if !strings.HasPrefix(d.File, "tenders_derived/") {
			continue
		}
		var err error
		if d.Data, err = invent(d.Data); err != nil {
			return nil, err
		}
		m, err := watched(d)
		if err != nil {
			return nil, err
		}
		if m != nil {
			out = append(out, m)
		}
		var t struct {
			Buyer     json.RawMessage `json:"procuringEntity"`
			Items     json.RawMessage `json:"items"`
			Modified  string          `json:"dateModified"`
			Contracts []struct {
				ID      string          `json:"id"`
				Number  string          `json:"contractID"`
				AwardID string          `json:"awardID"`
				Signed  string          `json:"dateSigned"`
				Value   json.RawMessage `json:"value"`
				Period  json.RawMessage `json:"period"`
			} `json:"contracts"`
			Awards []struct {
				ID        string          `json:"id"`
				Suppliers json.RawMessage `json:"suppliers"`
			} `json:"awards"`
		}
		if err := json.Unmarshal(d.Data, &t); err != nil {
			return nil, err
		}
		for i := range t.Contracts {
			c := &t.Contracts[i]
			id, number := fmt.Sprintf("%x", md5.Sum([]byte(d.id+c.ID))), d.number+fmt.Sprintf("-c%d", i+1)
			d.Data = bytes.ReplaceAll(d.Data, []byte(`"`+c.ID+`"`), []byte(`"`+id+`"`))
			d.Data = bytes.ReplaceAll(d.Data, []byte(`"`+c.Number+`"`), []byte(`"`+number+`"`))
			c.ID, c.Number = id, number
		}
		if d.File != "tenders_derived/d201.json" {
			continue
		}
		c := t.Contracts[0]
		made := map[string]any{
			"id": c.ID, "contractID": c.Number, "contractNumber": "128", "tender_id": d.id, "awardID": c.AwardID, "status": "active",
			"dateModified": t.Modified, "dateSigned": cmp.Or(c.Signed, t.Modified), "value": c.Value, "buyer": t.Buyer, "items": t.Items,
			"amountPaid": map[string]any{"amount": 800000, "currency": "UAH"},
		}
		if len(c.Period) > 0 {
			made["period"] = c.Period
		}
		for _, a := range t.Awards {
			if a.ID == c.AwardID {
				made["suppliers"] = a.Suppliers
			}
		}
		var changes []any
		for i, why := range []string{"itemPriceVariation", "durationExtension", "qualityImprovement"} {
			changes = append(changes, map[string]any{
				"id": fmt.Sprintf("%032x", i+1), "status": "active", "rationaleTypes": []string{why}, "date": t.Modified, "dateSigned": t.Modified,
				"contractNumber": fmt.Sprintf("128/%d", i+1), "rationale": "Демонстраційна додаткова угода",
			})
		}
		made["changes"] = changes
		raw, err := json.Marshal(made)
		if err != nil {
			return nil, err
		}
		out = append(out, &doc{
			File: "contracts_derived/d201-c1.json", Demo: true, Data: raw, id: c.ID, number: c.Number, tender: d.id, rank: t.Modified, ok: d.ok,
			source: []string{d.source[0], d.source[1] + ", its contract made up with additional agreements", d.source[2], d.source[3], "derived"},
		})
	}
	return out, nil
}

// watch is what an invented monitoring says.
type watch struct {
	status     string
	reason     string
	stage      string
	violations []string // of the conclusion; nil: there is none yet
}

// watches are the monitorings that are made up, by the derived tender they stand
// beside. The monitorings that were found are of tenders that were not found, so
// no page shows them; and a made up one may not speak of anybody who exists.
var watches = map[string]watch{
	"tenders_derived/d201.json": {"addressed", "indicator", "contracting", []string{"corruptionPublicDisclosure"}},
	"tenders_derived/d204.json": {"active", "media", "awarding", nil},
}

// watched makes the monitoring of a derived tender, whose parties were invented
// before; nil when it has none.
func watched(d *doc) (*doc, error) {
	w, ok := watches[d.File]
	if !ok {
		return nil, nil
	}
	day := strings.SplitN(d.rank, "T", 2)[0]
	at := day + "T10:00:00+02:00"
	base := strings.TrimSuffix(filepath.Base(d.File), ".json")
	id, number := fmt.Sprintf("%x", md5.Sum([]byte(d.id+"monitoring"))), "UA-M-"+day+"-900"+base[1:]
	made := map[string]any{
		"id": id, "monitoring_id": number, "tender_id": d.id, "status": w.status, "reasons": []string{w.reason}, "procuringStages": []string{w.stage},
		"dateCreated": at, "dateModified": at, "monitoringPeriod": map[string]any{"startDate": at},
		"decision": map[string]any{"description": "Вигаданий моніторинг вигаданої закупівлі: зразок для показу", "date": at, "datePublished": at},
	}
	if w.violations != nil {
		made["conclusion"] = map[string]any{
			"violationOccurred": true, "violationType": w.violations, "date": at, "datePublished": at,
			"auditFinding": "Вигаданий висновок про вигадану закупівлю: зразок для показу",
		}
	}
	raw, err := json.Marshal(made)
	if err != nil {
		return nil, err
	}
	return &doc{
		File: "monitorings_derived/" + base + "-m1.json", Demo: true, Data: raw, id: id, number: number, tender: d.id, rank: at, ok: d.ok,
		source: []string{d.source[0], d.source[1] + ", its monitoring made up", d.source[2], d.source[3], "derived"},
	}, nil
}

// invent gives a derived tender invented parties and an invented matter: a sign
// that was made up may not stand beside the name of anybody who exists. Equal
// parties stay equal, so that distinct ones can be counted.
func invent(raw []byte) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber() // amounts stay as they were written
	var t map[string]any
	if err := dec.Decode(&t); err != nil {
		return nil, err
	}
	known := map[string]int{}
	if buyer, ok := t["procuringEntity"].(map[string]any); ok {
		id, _ := buyer["identifier"].(map[string]any)
		known[fmt.Sprint(id["scheme"], id["id"])] = 0
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			if id, ok := v["identifier"].(map[string]any); ok {
				rename(v, id, known)
			}
			for _, k := range []string{
				"title_en", "title_ru", "description_en", "description_ru", "rationale", "answer", "requirementResponses", "deliveryAddress",
			} {
				delete(v, k)
			}
			if v["scheme"] == nil { // the words of a classification stay
				delete(v, "description")
			}
			if name, ok := v["title"].(string); ok && v["format"] != nil && name != "sign.p7s" {
				v["title"] = "Документ" + filepath.Ext(name)
			}
			for _, k := range slices.Sorted(maps.Keys(v)) {
				walk(v[k])
			}
		}
	}
	delete(t, "criteria")
	delete(t, "questions")
	walk(t)
	matter := "предмет закупівлі"
	if items, ok := t["items"].([]any); ok && len(items) > 0 {
		if c, ok := items[0].(map[string]any)["classification"].(map[string]any); ok {
			matter, _ = c["description"].(string)
		}
		for i, x := range items {
			x.(map[string]any)["description"] = fmt.Sprintf("Зразкова позиція %d", i+1)
		}
	}
	t["title"], t["description"] = "Зразкова закупівля: "+matter, "Вигадана закупівля для показу, як портал розповідає про ознаки."
	for _, list := range []string{"lots", "contracts"} {
		xs, _ := t[list].([]any)
		for i, x := range xs {
			if o := x.(map[string]any); o["title"] != nil || list == "lots" {
				o["title"] = fmt.Sprintf("Зразкова частина %d", i+1)
			}
		}
	}
	return json.Marshal(t)
}

func rename(v, id map[string]any, known map[string]int) {
	key := fmt.Sprint(id["scheme"], id["id"])
	n, ok := known[key]
	if !ok {
		n = len(known)
		known[key] = n
	}
	name, code := fmt.Sprintf("ТОВ «Приклад-%d»", n), fmt.Sprintf("0000%04d", n)
	if n == 0 {
		// With this check digit nobody has the code, and it is no placeholder either.
		name, code = "КНП «Зразкова установа»", "00009999"
	}
	v["name"] = name
	id["scheme"], id["id"], id["legalName"] = "UA-EDR", code, name
	for _, k := range []string{"name_en", "name_ru", "legalName_en", "legalName_ru", "uri"} {
		delete(v, k)
		delete(id, k)
	}
	delete(v, "address")
	delete(v, "contactPoint")
	delete(v, "additionalContactPoints")
	delete(v, "signerInfo")
}

// choose leaves one document of each id and of each number for the demonstration,
// by preference a tender whose contract is there, then what changed last.
func choose(all []*doc) {
	wanted := map[string]bool{}
	for _, d := range all {
		if d.ok {
			wanted[d.tender] = true
		}
	}
	order := slices.Clone(all)
	slices.SortStableFunc(order, func(a, b *doc) int {
		x, y := wanted[a.id], wanted[b.id]
		if x != y {
			if x {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.rank, a.rank), cmp.Compare(len(b.Data), len(a.Data)), cmp.Compare(a.File, b.File))
	})
	ids, numbers := map[string]bool{}, map[string]bool{}
	for _, d := range order {
		if !d.ok {
			continue
		}
		if ids[d.id] || numbers[d.number] {
			d.ok = false
			continue
		}
		ids[d.id], numbers[d.number] = true, true
	}
}

func write(all []*doc) error {
	var sample, more []*doc
	for _, d := range all {
		if d.ok {
			sample = append(sample, d)
		} else {
			more = append(more, d)
		}
	}
	var b strings.Builder
	b.WriteString("# Documents of the demonstration\n\nReal documents of Prozorro (open data by the Law of Ukraine «Про публічні закупівлі», ст. 10), as found in\n" +
		"public repositories under a licence, and documents derived from them or made by the tests of the API's documentation. In the fields\n" +
		"made for them persons, telephones, addresses and the numbers of sole traders were replaced by pseudonyms before; in free texts\n" +
		"(titles, descriptions, letters of the Audit Service) telephones, e-mail, accounts, tax numbers, names after «ФОП» and names with a\n" +
		"patronymic or two initials were replaced by «…» when the documents were packed, and files of bidders lost their names. A surname\n" +
		"that stands in a text alone is told by no rule and may have stayed; in honour of whom something is called stands as it did. Made by\n" +
		"`internal/tools/procsample`, the free texts by its scrub.go.\n\n" +
		"Which documents are here is a rule, not a choice. A document is taken when the repository where it was found says a licence, when it\n" +
		"has an id and a public number, when it is no procedure in test mode, and of those with one id or one number the one whose contract is\n" +
		"here, else the one that changed last. What the rule leaves out serves the tests alone (`testdata/more.jsonl.gz`).\n\n" +
		leftOut(more) +
		"The monitorings that were found are of purchases that were not, so no page shows them. Two more are made up (`monitorings_derived`),\n" +
		"of derived purchases of an invented buyer, so that the page can be seen; no finding is ever made up about anybody who exists.\n\n" +
		"| file | repository | path | commit | licence | kind |\n|---|---|---|---|---|---|\n")
	for _, d := range sample {
		fmt.Fprintf(&b, "| %s | %s |\n", d.File, strings.Join(d.source[:5], " | "))
	}
	if err := os.WriteFile("internal/procurement/data/SOURCES.md", []byte(b.String()), 0o644); err != nil {
		return err
	}
	if err := gz("internal/procurement/data/sample.jsonl.gz", sample); err != nil {
		return err
	}
	if err := gz("internal/procurement/testdata/more.jsonl.gz", more); err != nil {
		return err
	}
	fmt.Printf("%d documents for the demonstration, %d for the tests alone\n", len(sample), len(more))
	return nil
}

// leftOut counts the real tenders that the rule leaves out, by the reason.
func leftOut(more []*doc) string {
	var n, licence, mode, other int
	for _, d := range more {
		if !strings.HasPrefix(d.File, "tenders/") {
			continue
		}
		n++
		switch {
		case len(d.source) < 4 || strings.Contains(d.source[3], unlicensed):
			licence++
		case d.test:
			mode++
		default:
			other++
		}
	}
	return fmt.Sprintf("Of the real tenders %d are left out: %d because their repository has no licence file, %d in test mode, %d without an id of\n"+
		"the API or with the number of a newer one.\n\n", n, licence, mode, other)
}

func gz(path string, docs []*doc) error {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, d := range docs {
		if err := enc.Encode(d); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}
