package petitions_test

import (
	"testing"

	"ereception/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }
