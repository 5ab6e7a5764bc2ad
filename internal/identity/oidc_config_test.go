package identity

import (
	"encoding/json"
	"testing"
)

// TestProvidersAreReadAsDocumented: the names of the fields are those of the README.
func TestProvidersAreReadAsDocumented(t *testing.T) {
	t.Parallel()
	var list []OIDCProvider
	err := json.Unmarshal([]byte(`[{"id":"google","name":"Google","issuer":"https://accounts.google.com","client_id":"abc","client_secret":"s","scopes":["email"],"strong":true}]`), &list)
	if err != nil || len(list) != 1 || list[0].ClientID != "abc" || list[0].ClientSecret != "s" || !list[0].Strong || len(list[0].Scopes) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := newProviders(list); err != nil {
		t.Error(err)
	}
}
