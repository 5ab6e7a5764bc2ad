package city

import (
	"context"
	"slices"
	"time"

	"ereception/internal/law/calendar"
)

// Directory is the units, posts, topics and districts as they stand together.
// It is shared and must not be changed. Inactive records are in it, because old
// appeals name them.
type Directory struct {
	Units     []Unit     // by name
	Posts     []Post     // by unit, the head first
	Topics    []Topic    // in their order
	Districts []District // by kind and code

	units     map[int64]int
	posts     map[int64]int
	topics    map[int64]int
	districts map[int64]int
	unitTree  []Node[Unit]
	topicTree []Node[Topic]
}

// Node is a record of a tree with its depth (0 at the top), in the order in
// which a tree is read.
type Node[T any] struct {
	Item  T
	Depth int
}

// Directory gives the directory as it stands now.
func (c *City) Directory(ctx context.Context) (*Directory, error) {
	s, err := c.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	return s.dir, nil
}

func (d *Directory) index() {
	d.units, d.posts = byID(d.Units), byID(d.Posts)
	d.topics, d.districts = byID(d.Topics), byID(d.Districts)
	d.unitTree = tree(d.Units, func(u Unit) (int64, *int64) { return u.ID, u.ParentID })
	d.topicTree = tree(d.Topics, func(t Topic) (int64, *int64) { return t.ID, t.ParentID })
}

func byID[T any, P entry[T]](list []T) map[int64]int {
	m := make(map[int64]int, len(list))
	for i := range list {
		m[P(&list[i]).record().ID] = i
	}
	return m
}

func tree[T any](list []T, ids func(T) (id int64, parent *int64)) []Node[T] {
	below := map[int64][]T{}
	for _, v := range list {
		_, p := ids(v)
		if p == nil {
			p = new(int64)
		}
		below[*p] = append(below[*p], v)
	}
	var out []Node[T]
	var walk func(parent int64, depth int)
	walk = func(parent int64, depth int) {
		for _, v := range below[parent] {
			id, _ := ids(v)
			out = append(out, Node[T]{v, depth})
			walk(id, depth+1)
		}
	}
	walk(0, 0)
	return out
}

func at[T any](list []T, index map[int64]int, id int64) *T {
	if i, ok := index[id]; ok {
		return &list[i]
	}
	return nil
}

// Unit gives a unit, nil when there is none.
func (d *Directory) Unit(id int64) *Unit { return at(d.Units, d.units, id) }

// Post gives a post, nil when there is none.
func (d *Directory) Post(id int64) *Post { return at(d.Posts, d.posts, id) }

// Topic gives a topic, nil when there is none.
func (d *Directory) Topic(id int64) *Topic { return at(d.Topics, d.topics, id) }

// District gives a district, nil when there is none.
func (d *Directory) District(id int64) *District { return at(d.Districts, d.districts, id) }

// UnitTree lists the units as a tree is read.
func (d *Directory) UnitTree() []Node[Unit] { return d.unitTree }

// TopicTree lists the topics as a tree is read.
func (d *Directory) TopicTree() []Node[Topic] { return d.topicTree }

// UnitByCode gives a unit by its code, nil when there is none.
func (d *Directory) UnitByCode(code string) *Unit {
	i := slices.IndexFunc(d.Units, func(u Unit) bool { return u.Code == code })
	if i < 0 {
		return nil
	}
	return &d.Units[i]
}

// TopicByCode gives a topic by its code, nil when there is none.
func (d *Directory) TopicByCode(code string) *Topic {
	i := slices.IndexFunc(d.Topics, func(t Topic) bool { return t.Code == code })
	if i < 0 {
		return nil
	}
	return &d.Topics[i]
}

// UnitAndAbove lists a unit and the units above it, from below.
func (d *Directory) UnitAndAbove(id int64) []int64 {
	var out []int64
	for u := d.Unit(id); u != nil && !slices.Contains(out, u.ID); {
		out = append(out, u.ID)
		if u.ParentID == nil {
			break
		}
		u = d.Unit(*u.ParentID)
	}
	return out
}

// UnitAndBelow lists a unit and every unit below it, from above.
func (d *Directory) UnitAndBelow(id int64) []int64 {
	if d.Unit(id) == nil {
		return nil
	}
	out := []int64{id}
	for i := 0; i < len(out); i++ {
		for _, u := range d.Units {
			if u.ParentID != nil && *u.ParentID == out[i] && !slices.Contains(out, u.ID) {
				out = append(out, u.ID)
			}
		}
	}
	return out
}

// today is the day in the office at a moment, as a date column keeps it.
func today(now time.Time) time.Time {
	return calendar.FromTime(now.In(calendar.Kyiv())).Time()
}

// Today is the day in the office now, as a date column keeps it.
func (c *City) Today() time.Time { return today(c.db.Now()) }
