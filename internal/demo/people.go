package demo

import (
	"context"
	"fmt"
	"strings"

	"ereception/internal/authz"
	"ereception/internal/identity"
	"ereception/internal/platform/db"
)

// Invented people. Surnames that say what they are («Зразковий») go to the
// accounts that are printed.
var (
	surnames = [][2]string{
		{"Бондарчук", "Бондарчук"},
		{"Коваль", "Коваль"},
		{"Литвинюк", "Литвинюк"},
		{"Дубович", "Дубович"},
		{"Гаврилюк", "Гаврилюк"},
		{"Яремчук", "Яремчук"},
		{"Поліщук", "Поліщук"},
		{"Житній", "Житня"},
		{"Тетерівський", "Тетерівська"},
		{"Кам’янецький", "Кам’янецька"},
		{"Вересовий", "Вересова"},
		{"Липовий", "Липова"},
		{"Соколенко", "Соколенко"},
		{"Ґудзь", "Ґудзь"},
		{"Їжакевич", "Їжакевич"},
		{"Єрмоленко", "Єрмоленко"},
		{"Щербак", "Щербак"},
		{"Мальований", "Мальована"},
		{"Польовий", "Польова"},
		{"Крошенський", "Крошенська"},
	}
	men     = [][2]string{{"Данило", "Степанович"}, {"Юрій", "Олексійович"}, {"Тарас", "Богданович"}, {"Ігор", "Васильович"}, {"Максим", "Петрович"}, {"Роман", "Іванович"}, {"Євген", "Сергійович"}, {"Назар", "Миколайович"}}
	women   = [][2]string{{"Ганна", "Романівна"}, {"Ірина", "Юріївна"}, {"Катерина", "Андріївна"}, {"Соломія", "Тарасівна"}, {"Людмила", "Павлівна"}, {"Наталія", "Ігорівна"}, {"Оксана", "Дмитрівна"}, {"Віра", "Федорівна"}}
	streets = []string{"вул. Київська", "вул. Покровська", "вул. Перемоги", "вул. Шевченка", "вул. Вітрука", "вул. Велика Бердичівська"}
)

// residents is how many invented people write to the city.
const residents = 36

func (l *loader) person(i int) string {
	s := surnames[i%len(surnames)]
	if i%2 == 0 {
		m := men[(i/2)%len(men)]
		return s[0] + " " + m[0] + " " + m[1]
	}
	w := women[(i/2)%len(women)]
	return s[1] + " " + w[0] + " " + w[1]
}

// people makes the accounts, the posts and the appointments.
func (l *loader) people(ctx context.Context) error {
	h, err := hash(ctx)
	if err != nil {
		return err
	}
	return l.write(ctx, func(tx *db.Tx) error {
		p := &posts{loader: l, tx: tx, hash: h}
		for i := range residents {
			name, email := l.person(i+3), fmt.Sprintf("resident%d@example.org", i)
			if i == 0 {
				name, email = Accounts[0].Name, Accounts[0].Email
			}
			a, err := p.account(email, name, fmt.Sprintf("м. Житомир, %s, %d", streets[i%len(streets)], 3+i*2))
			if err != nil {
				return err
			}
			l.resident = append(l.resident, a)
		}
		// Those whose letters run under laws of their own: Закон 93-IV, ст. 13; Закон 2790-XII, ст. 16; Закон 5076-VI, ст. 24.
		for i, w := range []struct{ part, name string }{
			{"councillor", "Обранець Левко Гнатович"}, {"mp", "Виборний Макар Лукич"}, {"advocate", "Заступець Дарина Климівна"},
		} {
			if l.writers[w.part], err = p.account(w.part+"@example.org", w.name, fmt.Sprintf("м. Житомир, %s, %d", streets[i], 90+i)); err != nil {
				return err
			}
		}
		if l.reception, err = p.official(Accounts[1].Email, Accounts[1].Name, "reception", "головний спеціаліст", false, authz.RoleSpecialist); err != nil {
			return err
		}
		if l.mayor, err = p.official("deputy.mayor@example.org", "Зразковська Марія Василівна", "council", "заступниця міського голови", true, authz.RoleManager); err != nil {
			return err
		}
		if _, err = p.official(Accounts[4].Email, Accounts[4].Name, "reception", "адміністраторка порталу", false, authz.RoleAdmin); err != nil {
			return err
		}
		return p.teams()
	})
}

type posts struct {
	*loader
	tx   *db.Tx
	hash string
	n    int
}

func (p *posts) account(email, name, address string, roles ...authz.Role) (authz.Actor, error) {
	p.n++
	id, err := identity.CreatePerson(p.tx, identity.NewPerson{
		Email: email, Name: name, Address: address, Phone: fmt.Sprintf("+380 41 200 %02d %02d", p.n/100, p.n%100),
		PasswordHash: p.hash, Locale: "uk", Roles: roles, Demo: true,
	})
	return authz.Actor{Kind: authz.KindPerson, ID: id, Name: name, Roles: roles, Locale: "uk"}, err
}

// official makes an account with a post in the unit of that code.
func (p *posts) official(email, name, unit, title string, head bool, roles ...authz.Role) (authz.Actor, error) {
	var id int64
	if err := p.tx.Raw("SELECT id FROM units WHERE code = ?", unit).Scan(&id).Error; err != nil {
		return authz.Actor{}, err
	}
	if id == 0 {
		return authz.Actor{}, fmt.Errorf("the city has no unit %s", unit)
	}
	return p.appointed(email, name, id, title, head, roles...)
}

func (p *posts) appointed(email, name string, unit int64, title string, head bool, roles ...authz.Role) (authz.Actor, error) {
	a, err := p.account(email, name, "", roles...)
	if err != nil {
		return a, err
	}
	var post int64
	// The city's own demonstration posts first; another one where they do not reach.
	if err := p.tx.Raw(`SELECT id FROM posts p WHERE unit_id = ? AND title_uk = ? AND NOT EXISTS (SELECT FROM appointments a WHERE a.post_id = p.id) LIMIT 1`,
		unit, title).Scan(&post).Error; err != nil {
		return a, err
	}
	if post != 0 {
		return p.appoint(a, post, unit, title, head)
	}
	if err := p.tx.Raw(`INSERT INTO posts (unit_id, title_uk, head, demo, created_at) VALUES (?, ?, ?, true, ?) RETURNING id`,
		unit, title, head, p.tx.Now).Scan(&post).Error; err != nil {
		return a, err
	}
	return p.appoint(a, post, unit, title, head)
}

func (p *posts) appoint(a authz.Actor, post, unit int64, title string, head bool) (authz.Actor, error) {
	if err := p.tx.Exec("UPDATE posts SET head = ? WHERE id = ?", head, post).Error; err != nil {
		return a, err
	}
	if err := p.tx.Exec(`INSERT INTO appointments (person_id, post_id, valid_from, created_at) VALUES (?, ?, ?, ?)`,
		a.ID, post, p.tx.Now, p.tx.Now).Error; err != nil {
		return a, err
	}
	a.UnitID, a.PostID, a.PostTitle, a.Head = unit, post, title, head
	err := p.tx.Raw(`WITH RECURSIVE t AS (SELECT id FROM units WHERE id = ? UNION ALL SELECT u.id FROM units u JOIN t ON u.parent_id = t.id) SELECT id FROM t`, unit).
		Scan(&a.UnitIDs).Error
	return a, err
}

// teams gives every unit that considers a topic a head and two executors.
func (p *posts) teams() error {
	var units []struct {
		ID   int64
		Code string
		Name string
	}
	if err := p.tx.Raw(`SELECT u.id, u.code, u.name_uk AS name FROM units u
		WHERE u.active AND EXISTS (SELECT FROM topics t WHERE t.unit_id = u.id) ORDER BY u.code = 'roads' DESC, u.id`).Scan(&units).Error; err != nil {
		return err
	}
	for i, u := range units {
		head, ex := fmt.Sprintf("manager%d@example.org", i), fmt.Sprintf("executor%d@example.org", i)
		headName, exName := p.person(i*3+40), p.person(i*3+41)
		if i == 0 { // the unit of roads, where the printed accounts work
			head, headName, ex, exName = Accounts[3].Email, Accounts[3].Name, Accounts[2].Email, Accounts[2].Name
		}
		title := "начальник відділу"
		switch {
		case strings.HasPrefix(u.Name, "Департамент"):
			title = "директор департаменту"
		case strings.HasPrefix(u.Name, "Управління"):
			title = "начальник управління"
		case strings.HasPrefix(u.Name, "Інспекція"):
			title = "начальник інспекції"
		}
		t := &staff{}
		var err error
		if t.head, err = p.appointed(head, headName, u.ID, title, true, authz.RoleManager); err != nil {
			return err
		}
		if i == 0 {
			p.printed = t.head
		}
		first, err := p.appointed(ex, exName, u.ID, "головний спеціаліст", false, authz.RoleExecutor)
		if err != nil {
			return err
		}
		second, err := p.appointed("second."+ex, p.person(i*3+42), u.ID, "провідний спеціаліст", false, authz.RoleExecutor)
		if err != nil {
			return err
		}
		t.executors = []authz.Actor{first, second}
		p.units[u.ID] = t
	}
	return nil
}
