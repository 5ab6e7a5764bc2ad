package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// similarStored is among how many petitions one looks for what is like a text.
const similarStored = 50_000

// similarLimit is how long the answer may take while somebody types (p95).
const similarLimit = 100 * time.Millisecond

// The matters, places and reasons of invented titles: few, so that frequent words
// stand in thousands of them.
const (
	similarWhat = `{"Капітальний ремонт дороги","Поточний ремонт тротуару","Облаштувати дитячий майданчик","Встановити світлофор","Освітлення","Безпечний пішохідний перехід",
		"Облаштування велосипедної доріжки","Заборонити паркування","Озеленення","Прибирання стихійного сміттєзвалища","Відновити роботу тролейбусного маршруту","Укриття у дитячому садку",
		"Спортивний майданчик","Перейменувати провулок","Водопостачання","Каналізація у приватному секторі","Контейнери для сортування сміття","Ремонт мосту","Зберегти сквер від забудови",
		"Обмежити швидкість","Камери відеоспостереження","Ямковий ремонт","Пандус до аптеки","Шлагбаум у дворі"}`
	similarWhy = `{"для безпеки дітей","для мешканців будинку","якнайшвидше","за кошти бюджету розвитку","до початку навчального року",""}`
)

// similar measures what the form of a petition asks while its title is typed, over
// HTTP, eight at a time: many different questions, with typing errors and words
// that are not typed to their end.
func (b *bench) similar(ctx context.Context) error {
	for _, q := range []string{
		"SET session_replication_role = replica",
		fmt.Sprintf(`INSERT INTO petitions (number, state, author_id, author_name, title, essence, filing_key, support_key, salt, charter_id, threshold, tier, residents_only, created_at, published_at, ends_at)
			SELECT nextval('petition_numbers'), (ARRAY['gathering','answered','done','not_enough','not_enough'])[1 + g %% 5], %d, 'Вигаданий Заявник Іванович',
				('%s'::text[])[1 + g %% 24] || ' на вулиці ' || s.name || ' ' || ('%s'::text[])[1 + g %% 6] || ', буд. ' || g %% 140, 'Просимо.',
				gen_random_uuid(), gen_random_uuid()::text, '\x00', c.id, 300, 'email', true, now(), now(), now() + interval '30 days'
			FROM generate_series(1, %d) g
			JOIN (SELECT row_number() OVER (ORDER BY id) - 1 AS i, name, count(*) OVER () AS n FROM streets) s ON s.i = (g * 7919) %% s.n,
			(SELECT id FROM petition_charters ORDER BY valid_from DESC LIMIT 1) c`, firstApplicant, similarWhat, similarWhy, similarStored),
		"RESET session_replication_role", "VACUUM ANALYZE petitions",
	} {
		if _, err := b.su.Exec(ctx, q); err != nil {
			return fmt.Errorf("%.60s…: %w", q, err)
		}
	}
	streets, err := b.strings(ctx, "SELECT name FROM streets ORDER BY md5(id::text) LIMIT 60")
	if err != nil {
		return err
	}
	var requests []string
	for i, q := range []string{
		"ремонт дороги", "ремонт дороги на вулиці %s", "безпечного переходу біля %s", "дитячих майданчиків %s для дітей", "світлофор %s", "велосипедні доріжки", "вилосипедна дорижка",
		"трлейбусний маршрт", "каналізацыя приватний сектор %s", "ремонт мостів через річку", "сміття конт", "обмеж швид",
		"Прошу капітально відремонтувати тротуар на вулиці %s, бо діти щодня йдуть до школи проїжджою частиною", "феєрверки", "укритя у садочках", "пандус апт",
	} {
		for j, s := range streets {
			if (i+j)%3 == 0 { // not typed to the end
				s = string([]rune(s)[:min(4, len([]rune(s)))])
			}
			text := strings.ReplaceAll(q, "%s", s)
			requests = append(requests, get("/petitions/similar?q="+url.QueryEscape(text), "", ""))
		}
	}
	p, err := b.portal(portalOptions{NoJobs: true})
	if err != nil {
		return err
	}
	defer p.stop()
	if _, err := load(loadOptions{Addr: p.addr, Conns: 1, Seconds: 0.2, Requests: requests[:1], Status: http.StatusOK}); err != nil { // the index is built for the first one
		return err
	}
	r, err := measure(loadOptions{Addr: p.addr, Seconds: b.seconds, Requests: requests, Status: http.StatusOK}, append(family(b.postmaster()), p.cmd.Process.Pid))
	if err != nil {
		return err
	}
	ms := float64(r.P95.Microseconds()) / 1000
	b.add(line{
		what: fmt.Sprintf("What is like a petition, %d stored", similarStored), value: fmt.Sprintf("p95 %.1f ms, p99 %.1f ms, %.0f/s", ms, float64(r.P99.Microseconds())/1000, r.rate()),
		limit: fmt.Sprintf("%d ms", similarLimit.Milliseconds()), got: ms, target: float64(similarLimit.Milliseconds()), most: true, unit: "ms",
		note: fmt.Sprintf("(%d different questions, %.1f ms of processor each)", len(requests), r.CPU/float64(max(r.Done, 1))*1000),
	})
	return nil
}
