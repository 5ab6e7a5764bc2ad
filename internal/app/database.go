package app

import (
	"context"
	"log/slog"
	"path/filepath"

	"ereception/internal/platform/clock"
	"ereception/internal/platform/config"
	"ereception/internal/platform/db"
	"ereception/internal/platform/pgembed"
	"ereception/migrations"
)

// The roles and the database of the embedded cluster. Two roles: the owner
// migrates, the portal cannot touch the trail.
const (
	ownerRole = "erec_owner"
	database  = "ereception"
)

// store is the database of the portal, with the cluster when it is our own.
type store struct {
	*db.DB
	server   *pgembed.Server // nil: an external database
	url      string          // of the portal's role
	ownerURL string
}

// openStore starts the embedded cluster or takes the configured database,
// migrates it and opens it as the portal.
func openStore(ctx context.Context, c *config.Config, ck clock.Clock, log *slog.Logger) (*store, error) {
	s := &store{ownerURL: c.OwnerURL}
	url := c.DatabaseURL
	if url == "" {
		server, err := startCluster(ctx, c.DataDir, log)
		if err != nil {
			return nil, err
		}
		s.server = server
		url, s.ownerURL = server.URL(database, db.AppRole), server.URL(database, ownerRole)
	}
	if s.ownerURL == "" {
		s.ownerURL = url
	}
	s.url = url
	var err error
	if err = db.Migrate(ctx, s.ownerURL, migrations.FS, log); err == nil {
		s.DB, err = db.Open(ctx, db.Options{URL: url, ReadURL: c.ReplicaURL, Clock: ck, Log: log})
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func startCluster(ctx context.Context, dataDir string, log *slog.Logger) (*pgembed.Server, error) {
	server, err := pgembed.Start(ctx, pgembed.Options{DataDir: filepath.Join(dataDir, "pg"), Log: log})
	if err != nil {
		return nil, err
	}
	for _, role := range []string{ownerRole, db.AppRole} {
		if err = server.EnsureRole(ctx, role); err != nil {
			break
		}
	}
	if err == nil {
		err = server.EnsureDatabase(ctx, database, ownerRole)
	}
	if err != nil {
		_ = server.Stop(context.WithoutCancel(ctx))
		return nil, err
	}
	return server, nil
}

// close ends the handles, then the cluster.
func (s *store) close() {
	if s.DB != nil {
		s.DB.Close()
	}
	if s.server != nil {
		_ = s.server.Stop(context.Background())
	}
}

// done is closed when our own cluster ended by itself; never for an external database.
func (s *store) done() <-chan struct{} {
	if s.server == nil {
		return nil
	}
	return s.server.Done()
}
