package calendar

import "time"

// BuiltinVersion names the data of Builtin.
const BuiltinVersion = "ua-2026.1"

const (
	article73 = "КЗпП, ст. 73"
	law238    = "КЗпП, ст. 73 у редакції Закону від 05.03.2015 № 238-VIII"
	law2211   = "КЗпП, ст. 73 у редакції Закону від 16.11.2017 № 2211-VIII"
	law2270   = "КЗпП, ст. 73 у редакції Закону від 31.05.2022 № 2270-IX"
	law3107   = "КЗпП, ст. 73 у редакції Закону від 29.05.2023 № 3107-IX"
	law3258   = "КЗпП, ст. 73 у редакції Закону від 14.07.2023 № 3258-IX"
)

// Builtin returns the data that comes with the program: the regime, the
// holidays of Ukraine and the default office hours. Dates marked as not verified
// in docs/legal-check.md await the city's lawyer. The result is the caller's own
// copy, a base to add local days to.
func Builtin() Data {
	d := func(y int, m time.Month, day int) Date { return Date{y, m, day} }
	workweek := []Weekday{
		Weekday(time.Monday), Weekday(time.Tuesday), Weekday(time.Wednesday),
		Weekday(time.Thursday), Weekday(time.Friday),
	}
	return Data{
		Version: BuiltinVersion,
		Zone:    "Europe/Kyiv",
		Regimes: []Regime{
			// Указ Президента 64/2022, затверджений Законом 2102-IX; the consequence for
			// days off: Закон 2136-IX, ст. 6 ч. 6. Open-ended until it is lifted.
			{From: d(2022, time.February, 24), Kind: Martial, Norm: "Закон 2136-IX, ст. 6 ч. 6", NormEN: "Law 2136-IX, Art. 6(6)"},
		},
		OfficeHours: []OfficeHours{
			{Weekdays: workweek, Open: 8 * 60, Close: 17 * 60, Norm: "правила внутрішнього трудового розпорядку"},
		},
		Holidays: []Holiday{
			{Name: "Новий рік", NameEN: "New Year", Month: time.January, Day: 1, Norm: article73},
			{Name: "Різдво Христове", NameEN: "Christmas", Month: time.January, Day: 7, To: d(2023, time.July, 28), Norm: article73},
			{Name: "Міжнародний жіночий день", NameEN: "International Women's Day", Month: time.March, Day: 8, Norm: article73},
			{Name: "Великдень", NameEN: "Easter", Easter: true, Norm: article73},
			{Name: "Трійця", NameEN: "Trinity Sunday", Easter: true, EasterOffset: 49, Norm: article73},
			{Name: "День праці", NameEN: "Labour Day", Month: time.May, Day: 1, Norm: article73},
			{Name: "День міжнародної солідарності трудящих", NameEN: "Labour Day, second day", Month: time.May, Day: 2, To: d(2017, time.November, 30), Norm: article73},
			{Name: "День пам'яті та перемоги над нацизмом", NameEN: "Day of Remembrance and Victory over Nazism", Month: time.May, Day: 8, From: d(2023, time.June, 15), Norm: law3107},
			{Name: "День перемоги", NameEN: "Victory Day", Month: time.May, Day: 9, To: d(2023, time.June, 14), Norm: article73},
			{Name: "День Конституції України", NameEN: "Constitution Day", Month: time.June, Day: 28, Norm: article73},
			{Name: "День Української Державності", NameEN: "Statehood Day", Month: time.July, Day: 15, From: d(2023, time.July, 29), Norm: law3258},
			{Name: "День Української Державності", NameEN: "Statehood Day", Month: time.July, Day: 28, From: d(2022, time.June, 1), To: d(2023, time.July, 28), Norm: law2270},
			{Name: "День Незалежності України", NameEN: "Independence Day", Month: time.August, Day: 24, Norm: article73},
			{Name: "День захисників і захисниць України", NameEN: "Defenders Day", Month: time.October, Day: 1, From: d(2023, time.July, 29), Norm: law3258},
			{Name: "День захисників і захисниць України", NameEN: "Defenders Day", Month: time.October, Day: 14, From: d(2015, time.March, 15), To: d(2023, time.July, 28), Norm: law238},
			{Name: "Різдво Христове", NameEN: "Christmas", Month: time.December, Day: 25, From: d(2017, time.December, 1), Norm: law2211},
		},
		// The Cabinet recommends these swaps year by year; no order has been made
		// since 2022, for during martial law nothing is moved.
		Transfers: []Transfer{
			{Off: d(2017, time.May, 8), On: d(2017, time.May, 13), Norm: "розпорядження КМУ від 16.11.2016 № 850-р"},
			{Off: d(2017, time.August, 25), On: d(2017, time.August, 19), Norm: "розпорядження КМУ від 16.11.2016 № 850-р"},
			{Off: d(2018, time.March, 9), On: d(2018, time.March, 3), Norm: "розпорядження КМУ від 11.01.2018 № 1-р"},
			{Off: d(2018, time.April, 30), On: d(2018, time.May, 5), Norm: "розпорядження КМУ від 11.01.2018 № 1-р"},
			{Off: d(2018, time.June, 29), On: d(2018, time.June, 23), Norm: "розпорядження КМУ від 11.01.2018 № 1-р"},
			{Off: d(2018, time.December, 24), On: d(2018, time.December, 22), Norm: "розпорядження КМУ від 11.01.2018 № 1-р"},
			{Off: d(2018, time.December, 31), On: d(2018, time.December, 29), Norm: "розпорядження КМУ від 11.01.2018 № 1-р"},
			{Off: d(2019, time.April, 30), On: d(2019, time.May, 11), Norm: "розпорядження КМУ від 10.01.2019 № 7-р"},
			{Off: d(2019, time.December, 30), On: d(2019, time.December, 21), Norm: "розпорядження КМУ від 10.01.2019 № 7-р"},
			{Off: d(2019, time.December, 31), On: d(2019, time.December, 28), Norm: "розпорядження КМУ від 10.01.2019 № 7-р"},
			{Off: d(2020, time.January, 6), On: d(2020, time.January, 11), Norm: "розпорядження КМУ від 23.10.2019 № 995-р"},
			{Off: d(2021, time.January, 8), On: d(2021, time.January, 16), Norm: "розпорядження КМУ від 30.09.2020 № 1191-р"},
			{Off: d(2021, time.August, 23), On: d(2021, time.August, 28), Norm: "розпорядження КМУ від 30.09.2020 № 1191-р"},
			{Off: d(2021, time.October, 15), On: d(2021, time.October, 23), Norm: "розпорядження КМУ від 30.09.2020 № 1191-р"},
			{Off: d(2022, time.March, 7), On: d(2022, time.March, 12), Norm: "розпорядження КМУ від 26.08.2021 № 1004-р"},
			{Off: d(2022, time.June, 27), On: d(2022, time.July, 2), Norm: "розпорядження КМУ від 26.08.2021 № 1004-р"},
		},
	}
}

// easter returns the Sunday of Orthodox Easter by the Julian reckoning, as a
// Gregorian date. Ukraine's churches kept this Easter when they moved the fixed
// feasts in 2023. Method: J. Meeus, Astronomical Algorithms, ch. 8 (Julian Easter).
func easter(year int) Date {
	a, b, c := year%4, year%7, year%19
	d := (19*c + 15) % 30
	e := (2*a + 4*b - d + 34) % 7
	month, day := (d+e+114)/31, (d+e+114)%31+1
	shift := year/100 - year/400 - 2 // days between the two calendars
	return NewDate(year, time.Month(month), day+shift)
}
