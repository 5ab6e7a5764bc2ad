package indicator

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"
)

// Generations of the indicators: Entry.Generation and Rule.Generation.
const (
	genDASU  = "dasu"
	genSAS24 = "sas24"
	genARI   = "ari"
	genSAS   = "sas"
	genRISK  = "risk"
	genRISK1 = "risk1"
)

// Entry is one known indicator. Names and grounds are those of its source, in
// Ukrainian. Rule is the rule that calculates it here, which may bear another id
// when an older indicator is the same; empty when it is not calculated, and Why says why.
type Entry struct {
	ID               string   `json:"id"`
	Generation       string   `json:"generation"`
	Name             string   `json:"name"`
	Object           string   `json:"object"` // tender or contract
	Level            Level    `json:"level"`
	Types            []string `json:"types"` // empty: any
	Kinds            []string `json:"kinds"`
	TenderStatuses   []string `json:"tender_statuses"` // empty: any
	ContractStatuses []string `json:"contract_statuses"`
	Categories       []string `json:"categories"` // empty: any
	MinGoods         float64  `json:"min_goods"`
	MinWorks         float64  `json:"min_works"`
	MaxAgeDays       int      `json:"max_age_days"` // since the tender was made
	Year             bool     `json:"year"`         // only within a year after the last change of the status
	Impact           float64  `json:"impact"`
	Enabled          bool     `json:"enabled"` // in the engine that it comes from
	Legal            string   `json:"legal"`
	Successors       []string `json:"successors"`
	Rule             string   `json:"rule"`
	Why              []string `json:"why"`
	Inferred         bool     `json:"-"` // id and title are inferred, see Additional
}

// Calculated says that the indicator is calculated here.
func (e *Entry) Calculated() bool { return e.Rule != "" }

// InForce says that the indicator belongs to the list that is in force now.
func (e *Entry) InForce() bool {
	return e.Enabled && (e.Generation == genSAS24 || e.Generation == genARI)
}

// WhyNot explains in one language (uk, otherwise English) why the indicator is not
// calculated here; empty when it is.
func (e *Entry) WhyNot(locale string) string {
	var parts []string
	for _, code := range e.Why {
		t := reasonsNot[code]
		if locale == "uk" {
			parts = append(parts, t.uk)
		} else {
			parts = append(parts, t.en)
		}
	}
	return strings.Join(parts, " ")
}

var reasonsNot = map[string]struct{ uk, en string }{
	"repealed_risk1": {
		"Перелік 2018 року (наказ ДАСУ № 196) втратив чинність у 2020 році.",
		"The list of 2018 (order No. 196 of the State Audit Service) was repealed in 2020.",
	},
	"repealed_risk": {
		"Перелік 2020 року (наказ Мінфіну № 647) замінено 2023 року, а потім наказом № 476 від 27.09.2024.",
		"The list of 2020 (order No. 647 of the Ministry of Finance) was replaced in 2023 and then by order No. 476 of 27.09.2024.",
	},
	"repealed_sas": {
		"Перелік діяв до 31.10.2024; його замінив наказ Мінфіну № 476 від 27.09.2024.",
		"The list was in force until 31.10.2024; order No. 476 of the Ministry of Finance of 27.09.2024 replaced it.",
	},
	"disabled": {
		"Індикатор вимкнено в системі Держаудитслужби.",
		"The indicator is switched off in the system of the State Audit Service.",
	},
	"history": {
		"Потребує повної історії закупівель замовника або постачальника за кілька років, і не лише в цьому місті.",
		"It needs the complete history of the purchases of the buyer or the supplier over years, and not in this city alone.",
	},
	"rates": {
		"Потребує офіційних курсів валют НБУ на дату закупівлі.",
		"It needs the official exchange rates of the National Bank on the day of the purchase.",
	},
	"sticky": {
		"Залежить від значення, збереженого під час попередніх розрахунків: з самого документа його не відтворити.",
		"It depends on values stored by earlier calculations: the document alone does not give it.",
	},
	"contradiction": {
		"Назва і опис індикатора суперечать тому, як його рахували: однозначної методики немає.",
		"Its name and description contradict the way it was calculated: there is no single method.",
	},
	"outside": {
		"Потребує реєстру звернень до Держаудитслужби, якого в Prozorro немає.",
		"It needs the register of requests to the State Audit Service, which Prozorro does not hold.",
	},
	"contacts": {
		"Порівнює телефони чи адреси пошти учасників — контактних даних людей портал не збирає.",
		"It compares telephones or e-mail addresses of bidders: the portal does not collect contacts of people.",
	},
}

// Generation is a list of indicators with its act.
type Generation struct {
	ID      string
	TitleUK string
	TitleEN string
	ActUK   string
	ActEN   string
}

// Generations lists the generations in the order of the registry.
func Generations() []Generation {
	return []Generation{
		{genDASU, "Методологія Держаудитслужби, 2017—2018", "Methodology of the State Audit Service, 2017–2018", "Пілотні індикатори; методологія DASU-3-3 посилається на наказ МЕРТ № 490 від 22.03.2016, чинність якого не звірено.", "Pilot indicators; the methodology of DASU-3-3 cites order No. 490 of the Ministry of Economic Development of 22.03.2016, whose validity has not been checked."},
		{genSAS24, "Чинні індикатори, з жовтня 2024", "In force since October 2024", "Наказ Мінфіну № 476 від 27.09.2024 (зареєстровано 01.10.2024 за № 1474/42819, зі змінами, наказ № 491 від 04.10.2024); частина 20 статті 8 Закону № 922-VIII.", "Order No. 476 of the Ministry of Finance of 27.09.2024 (registered 01.10.2024, No. 1474/42819, amended by order No. 491 of 04.10.2024); article 8, part 20 of Law No. 922-VIII."},
		{genARI, "Індикатори змін договору", "Indicators of changes to a contract", "Рахує той самий рушій Prozorro, що й чинні індикатори; окремого акта не названо.", "Calculated by the same engine of Prozorro as those in force; no act is named."},
		{genSAS, "Індикатори 2023 — 31.10.2024", "2023 – 31.10.2024", "Наказ Мінфіну № 647 від 28.10.2020 зі змінами; не діють.", "Order No. 647 of the Ministry of Finance of 28.10.2020 as amended; not in force."},
		{genRISK, "Індикатори 2020—2023", "2020–2023", "Наказ Мінфіну № 647 від 28.10.2020; не діють.", "Order No. 647 of the Ministry of Finance of 28.10.2020; not in force."},
		{genRISK1, "Індикатори 2018—2020", "2018–2020", "Наказ ДАСУ № 196 від 11.09.2018; не діють.", "Order No. 196 of the State Audit Service of 11.09.2018; not in force."},
	}
}

//go:embed registry.json
var registryJSON []byte

var registry = sync.OnceValue(func() []Entry {
	var all []Entry
	if err := json.Unmarshal(registryJSON, &all); err != nil {
		panic(err) // a test holds that the embedded file is valid
	}
	return all
})

// Registry lists the 132 known indicators, those in force and the methodology first.
// The caller must not change the lists within an entry.
func Registry() []Entry { return slices.Clone(registry()) }

// Additional lists the two indicators that are calculated beside the registry:
// DASU-3-1 and DASU-3-2, whose ids and titles are inferred from the comments of the
// first engine, where the title of the third equals that of the DASU-3-3 methodology.
func Additional() []Entry {
	entry := func(r *Rule, name string, successors ...string) Entry {
		return Entry{
			ID: r.ID, Generation: genDASU, Name: name, Object: "tender", Level: r.Level, Types: r.Types, Kinds: r.Kinds,
			TenderStatuses: r.Statuses, Year: true, Successors: successors, Rule: r.ID, Inferred: true,
		}
	}
	return []Entry{
		entry(&dasu31, "Документи тендерної документації не позначені електронним підписом", "RISK1-3_1", "RISK-2-1"),
		entry(&dasu32, "Документи визначення переможця не позначені електронним підписом", "RISK1-3_2"),
	}
}

// EntryByID finds an indicator of the registry or one of Additional.
func EntryByID(id string) (Entry, bool) {
	for _, e := range slices.Concat(registry(), Additional()) {
		if e.ID == id {
			return e, true
		}
	}
	return Entry{}, false
}
