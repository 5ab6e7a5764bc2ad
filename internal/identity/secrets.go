package identity

import (
	"context"
	"crypto/rand"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
)

// Secret gives a secret of the portal, making 32 random bytes at the first
// call of its name. Instances that start at once get the same one.
func Secret(ctx context.Context, d *db.DB, name string) ([]byte, error) {
	var b []byte
	err := d.ReadPool().QueryRow(ctx, "SELECT secret FROM portal_secrets WHERE name = $1", name).Scan(&b)
	if err == nil || !db.IsNotFound(err) {
		return b, err
	}
	fresh := make([]byte, 32)
	_, _ = rand.Read(fresh) // never fails since Go 1.24
	err = d.Write(ctx, authz.System("start"), authz.JobRun, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		if err := tx.Exec("INSERT INTO portal_secrets (name, secret, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", name, fresh, tx.Now).Error; err != nil {
			return err
		}
		return tx.Raw("SELECT secret FROM portal_secrets WHERE name = ?", name).Row().Scan(&b)
	})
	return b, err
}
