package procurement

import (
	"bufio"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/xuri/excelize/v2"

	"ereception/internal/law/calendar"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/procurement/indicator"
)

const (
	// exportMost bounds the rows of an export of a search.
	exportMost = 200_000
	// exportStep is how many rows are fetched at a time.
	exportStep = 1000
	// exportsAtOnce bounds how many connections of the database exports may hold.
	exportsAtOnce = 3
)

var exporting = make(chan struct{}, exportsAtOnce)

// ExportType gives the media type and the ending of the files of a format; empty for an unknown one.
func ExportType(format string) (mime, ext string) {
	switch format {
	case "csv":
		return "text/csv; charset=utf-8", "csv"
	case "json":
		return "application/json; charset=utf-8", "json"
	case "xlsx":
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"
	}
	return "", ""
}

// exportRow is a line of an export. The names of the fields are those of JSON
// and of the heads of CSV; they are part of the open data and do not change.
type exportRow struct {
	Kind         string      `json:"kind"`
	Number       string      `json:"number"`
	ID           string      `json:"id"`
	TenderID     string      `json:"tender_id"`
	Day          string      `json:"day"`
	Title        string      `json:"title"`
	BuyerCode    string      `json:"buyer_code"`
	BuyerName    string      `json:"buyer_name"`
	SupplierKey  string      `json:"supplier_key"`
	SupplierName string      `json:"supplier_name"`
	SoleTrader   bool        `json:"supplier_sole_trader"`
	Suppliers    int         `json:"suppliers"`
	CPV          string      `json:"cpv"`
	CPVName      string      `json:"cpv_name"`
	Method       string      `json:"procurement_method_type"`
	Competitive  bool        `json:"competitive"`
	Status       string      `json:"status"`
	Amount       json.Number `json:"amount"`
	Currency     string      `json:"currency"`
	Signs        []string    `json:"signs"`
	Clear        []string    `json:"no_signs"`
	Example      bool        `json:"example"`
	Demo         bool        `json:"demo"`
	ModifiedAt   time.Time   `json:"date_modified"`
	URL          string      `json:"prozorro_url"`
}

// exportHeads are the heads of the columns: the name, and words in two languages for a sheet.
var exportHeads = [][3]string{
	{"kind", "Вид", "Kind"},
	{"number", "Номер", "Number"},
	{"id", "Ідентифікатор", "Identifier"},
	{"tender_id", "Ідентифікатор закупівлі", "Tender identifier"},
	{"day", "Дата", "Date"},
	{"title", "Предмет", "Subject"},
	{"buyer_code", "Код замовника", "Buyer code"},
	{"buyer_name", "Замовник", "Buyer"},
	{"supplier_key", "Ключ постачальника", "Supplier key"},
	{"supplier_name", "Постачальник", "Supplier"},
	{"supplier_sole_trader", "ФОП", "Sole trader"},
	{"suppliers", "Постачальників", "Suppliers"},
	{"cpv", "Код ДК 021", "CPV code"},
	{"cpv_name", "Назва за ДК 021", "CPV name"},
	{"procurement_method_type", "Процедура", "Procedure"},
	{"competitive", "Конкурентна", "Competitive"},
	{"status", "Стан", "Status"},
	{"amount", "Сума", "Amount"},
	{"currency", "Валюта", "Currency"},
	{"signs", "Є ознака", "Signs"},
	{"no_signs", "Ознаки немає", "No sign"},
	{"example", "Приклад іншого замовника", "Example of another buyer"},
	{"demo", "Демонстраційний документ", "Demonstration document"},
	{"date_modified", "Змінено в Prozorro", "Changed in Prozorro"},
	{"prozorro_url", "Адреса в Prozorro", "Address in Prozorro"},
}

func rowOf(h Hit, locale string) exportRow {
	none := func(s []string) []string {
		if s == nil {
			return []string{}
		}
		return s
	}
	if noCode(h.BuyerCode) {
		h.BuyerCode = ""
	}
	link := ""
	if !h.Demo { // what was made up is not at Prozorro
		link = ProzorroURL(h.Kind, h.Number)
	}
	return exportRow{
		Kind: h.Kind, Number: h.Number, ID: h.ID, TenderID: h.TenderID, Day: h.Day.In(calendar.Kyiv()).Format(time.DateOnly), Title: h.Title,
		BuyerCode: h.BuyerCode, BuyerName: h.BuyerName, SupplierKey: h.SupplierKey, SupplierName: h.SupplierName, SoleTrader: h.SoleTrader,
		Suppliers: h.Suppliers, CPV: h.CPV, CPVName: CPVName(h.CPV, locale), Method: h.Method, Competitive: h.Competitive, Status: h.Status,
		Amount: json.Number(h.Amount), Currency: h.Currency, Signs: none(h.Signs), Clear: none(h.Clear), Example: h.Example, Demo: h.Demo,
		ModifiedAt: h.ModifiedAt.UTC(), URL: link,
	}
}

// MarshalJSON writes an absent amount as null.
func (r exportRow) MarshalJSON() ([]byte, error) {
	type plain exportRow
	if r.Amount != "" {
		return json.Marshal(plain(r))
	}
	return json.Marshal(struct {
		plain
		Amount *json.Number `json:"amount"`
	}{plain: plain(r)})
}

func (r exportRow) cells() []string {
	return []string{
		r.Kind, r.Number, r.ID, r.TenderID, r.Day, r.Title, r.BuyerCode, r.BuyerName, r.SupplierKey, r.SupplierName, strconv.FormatBool(r.SoleTrader),
		strconv.Itoa(r.Suppliers), r.CPV, r.CPVName, r.Method, strconv.FormatBool(r.Competitive), r.Status, r.Amount.String(), r.Currency,
		strings.Join(r.Signs, " "), strings.Join(r.Clear, " "), strconv.FormatBool(r.Example), strconv.FormatBool(r.Demo),
		r.ModifiedAt.Format(time.RFC3339), r.URL,
	}
}

// harmless keeps a program that opens the file from taking a text for a formula.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
		return "'" + s
	}
	return s
}

// Export writes the hits of a search, at most 200 000, as CSV (UTF-8 with BOM,
// RFC 4180), JSON (an array of objects) or XLSX. locale is of the words in it:
// the names of CPV codes and the heads of the sheet. The rows are read as they
// are written, so the size of an export costs time and no memory. Errors before
// the first byte: errs.NotFound for an unknown format, errs.Limited when too many
// are exporting.
func (s *Service) Export(ctx context.Context, q Query, format string, w io.Writer, locale string) error {
	if mime, _ := ExportType(format); mime == "" {
		return errs.NotFound()
	}
	ctx, err := s.stamped(ctx)
	if err != nil {
		return err
	}
	p := params{}
	list, impossible, err := s.conditions(ctx, q, &p)
	if err != nil {
		return err
	}
	sql := "SELECT " + hitColumns + " FROM procurement_register r WHERE false"
	if !impossible {
		sql = "SELECT " + hitColumns + " FROM procurement_register r WHERE " + where(list) + " ORDER BY " + orderOf(q) + fmt.Sprintf(" LIMIT %d", exportMost)
	}
	if impossible {
		p = nil
	}
	out, err := newSheet(format, w, heads(format, exportHeads, locale), "procurement")
	if err != nil {
		return err
	}
	err = s.stream(ctx, sql, p, func(r pgx.CollectableRow) error {
		h, err := scanHit(r)
		if err != nil {
			return err
		}
		row := rowOf(h, locale)
		return out.row(row, row.cells, map[int]bool{11: true, 17: true})
	})
	if err != nil {
		return err
	}
	return out.close()
}

func heads(format string, list [][3]string, locale string) []string {
	var out []string
	for _, h := range list {
		switch {
		case format != "xlsx":
			out = append(out, h[0])
		case locale == i18n.English:
			out = append(out, h[2])
		default:
			out = append(out, h[1])
		}
	}
	return out
}

// stream reads through a cursor: a slow reader holds a connection but neither
// memory nor a statement that would time out.
func (s *Service) stream(ctx context.Context, sql string, p params, each func(pgx.CollectableRow) error) error {
	select {
	case exporting <- struct{}{}:
		defer func() { <-exporting }()
	default:
		t := time.NewTimer(5 * time.Second)
		defer t.Stop()
		select {
		case exporting <- struct{}{}:
			defer func() { <-exporting }()
		case <-t.C:
			return errs.Limited(time.Minute)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	tx, err := s.db.ReadPool().BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly, IsoLevel: pgx.RepeatableRead})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if _, err := tx.Exec(ctx, "DECLARE export NO SCROLL CURSOR FOR "+sql, p...); err != nil {
		return err
	}
	for {
		rows, err := tx.Query(ctx, fmt.Sprintf("FETCH %d FROM export", exportStep), pgx.QueryExecModeDescribeExec) // the columns differ from export to export
		if err != nil {
			return err
		}
		n := 0
		for rows.Next() {
			n++
			if err := each(rows); err != nil {
				rows.Close()
				return err
			}
		}
		if err := rows.Err(); err != nil {
			return err
		}
		if n < exportStep {
			return nil
		}
	}
}

// sheet writes rows in one of the formats.
type sheet interface {
	// row writes one: v for JSON, cells for the others; numbers are the columns that hold numbers.
	row(v any, cells func() []string, numbers map[int]bool) error
	close() error
}

func newSheet(format string, w io.Writer, heads []string, name string) (sheet, error) {
	switch format {
	case "csv":
		b := bufio.NewWriterSize(w, 64<<10)
		_, err := b.WriteString("\uFEFF")
		c := csv.NewWriter(b)
		c.UseCRLF = true
		if err == nil {
			err = c.Write(heads)
		}
		return &csvSheet{c, b}, err
	case "json":
		b := bufio.NewWriterSize(w, 64<<10)
		_, err := b.WriteString("[")
		return &jsonSheet{w: b}, err
	}
	f := excelize.NewFile()
	if err := f.SetSheetName("Sheet1", name); err != nil {
		return nil, err
	}
	st, err := f.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	x := &xlsxSheet{f: f, s: st, w: w}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return nil, err
	}
	var cells []any
	for _, h := range heads {
		cells = append(cells, excelize.Cell{StyleID: bold, Value: h})
	}
	if err := st.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, err
	}
	return x, x.write(cells)
}

type csvSheet struct {
	c *csv.Writer
	b *bufio.Writer
}

func (x *csvSheet) row(_ any, cells func() []string, numbers map[int]bool) error {
	list := cells()
	for i := range list {
		if !numbers[i] {
			list[i] = harmless(list[i])
		}
	}
	return x.c.Write(list)
}

func (x *csvSheet) close() error {
	x.c.Flush()
	return cmp.Or(x.c.Error(), x.b.Flush())
}

type jsonSheet struct {
	w *bufio.Writer
	n int
}

func (x *jsonSheet) row(v any, _ func() []string, _ map[int]bool) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	sep := ",\n"
	if x.n++; x.n == 1 {
		sep = "\n"
	}
	if _, err := x.w.WriteString(sep); err != nil {
		return err
	}
	_, err = x.w.Write(b)
	return err
}

func (x *jsonSheet) close() error {
	_, err := x.w.WriteString("\n]\n")
	return cmp.Or(err, x.w.Flush())
}

type xlsxSheet struct {
	f *excelize.File
	s *excelize.StreamWriter
	w io.Writer
	n int
}

// write makes a row. A text is stored as a text: a sheet takes none for a formula.
func (x *xlsxSheet) write(cells []any) error {
	x.n++
	cell, err := excelize.CoordinatesToCellName(1, x.n)
	if err != nil {
		return err
	}
	return x.s.SetRow(cell, cells)
}

func (x *xlsxSheet) row(_ any, cells func() []string, numbers map[int]bool) error {
	var out []any
	for i, c := range cells() {
		if n, err := strconv.ParseFloat(c, 64); numbers[i] && err == nil {
			out = append(out, n)
		} else {
			out = append(out, c)
		}
	}
	return x.write(out)
}

func (x *xlsxSheet) close() error {
	defer func() { _ = x.f.Close() }()
	if err := x.s.Flush(); err != nil {
		return err
	}
	_, err := x.f.WriteTo(x.w)
	return err
}

// valueRow is a line of the data set of the indicators' values.
type valueRow struct {
	TenderNumber string           `json:"tender_number"`
	TenderID     string           `json:"tender_id"`
	BuyerCode    string           `json:"buyer_code"`
	Indicator    string           `json:"indicator"`
	Profile      string           `json:"profile"`
	Version      string           `json:"version"`
	Level        string           `json:"level"`
	LotID        string           `json:"lot_id"`
	ContractID   string           `json:"contract_id"`
	Value        *int             `json:"value"`
	Calculated   bool             `json:"conditions_met"`
	Kept         bool             `json:"kept"`
	Reason       string           `json:"reason"`
	Facts        []indicator.Fact `json:"facts"`
	Method       string           `json:"method"`
	CalculatedAt time.Time        `json:"calculated_at"`
	ModifiedAt   time.Time        `json:"documents_modified_at"`
	Example      bool             `json:"example"`
	Demo         bool             `json:"demo"`
}

var valueHeads = []string{
	"tender_number", "tender_id", "buyer_code", "indicator", "profile", "version", "level", "lot_id", "contract_id", "value", "conditions_met", "kept",
	"reason", "facts", "method", "calculated_at", "documents_modified_at", "example", "demo",
}

func (r valueRow) cells() []string {
	value := ""
	if r.Value != nil {
		value = strconv.Itoa(*r.Value)
	}
	facts := ""
	if len(r.Facts) > 0 {
		if b, err := json.Marshal(r.Facts); err == nil {
			facts = string(b)
		}
	}
	return []string{
		r.TenderNumber, r.TenderID, r.BuyerCode, r.Indicator, r.Profile, r.Version, r.Level, r.LotID, r.ContractID, value, strconv.FormatBool(r.Calculated),
		strconv.FormatBool(r.Kept), r.Reason, facts, r.Method, r.CalculatedAt.Format(time.RFC3339), r.ModifiedAt.Format(time.RFC3339),
		strconv.FormatBool(r.Example), strconv.FormatBool(r.Demo),
	}
}

// ExportValues writes the present values of the indicators of every published
// tender as an open data set, CSV or JSON: each value that is 1 or 0, with the
// version of its rule, the version of the whole method, what was read and when.
// Values that could not be calculated are left out: there are many of them and
// the page of a tender says why. With the public number of a tender, whatever its
// page shows is written: its values alone, those that were not calculated too.
// Errors as of Export; errs.NotFound also for a number that is not published.
func (s *Service) ExportValues(ctx context.Context, w io.Writer, format, number string) error {
	if format != "csv" && format != "json" {
		return errs.NotFound()
	}
	ctx, err := s.stamped(ctx)
	if err != nil {
		return err
	}
	city, err := s.cityOnly(ctx)
	if err != nil {
		return err
	}
	only, args := "", params{}
	switch {
	case number != "":
		var known bool
		if err := s.db.ReadPool().QueryRow(ctx, "SELECT EXISTS (SELECT FROM procurement_tenders WHERE number = $1 AND mode <> 'test')", number).Scan(&known); err != nil {
			return err
		}
		if !known {
			return errs.NotFound()
		}
		only = " AND t.number = " + args.add(number)
	case city:
		only = " AND NOT t.example"
	}
	out, err := newSheet(format, w, valueHeads, "values")
	if err != nil {
		return err
	}
	err = s.stream(ctx, `SELECT t.number, t.id, t.buyer_code, r.method, r.calculated_at, r.modified_at, t.example, t.demo, r.values::text
		FROM procurement_tenders t JOIN procurement_results r ON r.id = t.result_id WHERE t.mode <> 'test'`+only+" ORDER BY t.id", args, func(r pgx.CollectableRow) error {
		var row valueRow
		var packed string
		if err := r.Scan(&row.TenderNumber, &row.TenderID, &row.BuyerCode, &row.Method, &row.CalculatedAt, &row.ModifiedAt, &row.Example, &row.Demo, &packed); err != nil {
			return err
		}
		if noCode(row.BuyerCode) {
			row.BuyerCode = ""
		}
		row.CalculatedAt, row.ModifiedAt = row.CalculatedAt.UTC(), row.ModifiedAt.UTC()
		var values []Value
		if err := json.Unmarshal([]byte(packed), &values); err != nil {
			return err
		}
		for _, v := range values {
			if v.Value == nil && number == "" {
				continue
			}
			row.Indicator, row.Profile, row.Version, row.Level, row.LotID, row.ContractID = v.Indicator, v.Profile, v.Version, v.Level, v.Lot, v.Contract
			row.Value, row.Calculated, row.Kept, row.Reason, row.Facts = v.Value, v.Clear || v.Value != nil && *v.Value == 1, v.Kept, v.Reason, v.Facts
			if err := out.row(row, row.cells, map[int]bool{9: true}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return out.close()
}
