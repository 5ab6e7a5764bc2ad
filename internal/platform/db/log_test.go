package db

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

// down is a database that cannot be reached.
type down struct{}

func (down) Connect(ctx context.Context) (driver.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return nil, errors.New("no route")
}
func (down) Driver() driver.Driver { return nil }

func TestTheLogHoldsStatementsWithoutValues(t *testing.T) {
	t.Parallel()
	const secret = "olena@example.org"
	for _, c := range []struct {
		name   string
		leave  bool
		logged bool
	}{
		{"a statement that failed is logged without its values", false, true},
		{"one that ended because the person has left is not logged", true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			g, err := openGorm(sql.OpenDB(down{}), slog.New(slog.NewTextHandler(&log, nil)))
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if c.leave {
				cancel()
			}
			var out []struct{ ID int64 }
			if err := g.WithContext(ctx).Raw("SELECT id FROM people WHERE email = ?", secret).Scan(&out).Error; err == nil {
				t.Fatal("no error of a database that is down")
			}
			if err := g.WithContext(ctx).Table("people").Where("email = ?", secret).Find(&out).Error; err == nil {
				t.Fatal("no error of a database that is down")
			}
			if s := log.String(); strings.Contains(s, secret) || strings.Contains(s, "SELECT") != c.logged {
				t.Errorf("logged: %s", s)
			}
		})
	}
}
