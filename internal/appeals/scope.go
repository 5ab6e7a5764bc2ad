package appeals

import (
	"fmt"
	"strings"

	"ereception/internal/authz"
)

// args collects the parameters of a query that is put together.
type args []any

func (a *args) add(v any) string {
	*a = append(*a, v)
	return fmt.Sprintf("$%d", len(*a))
}

// scope is the SQL of what an official may see: the same rule as
// Appeal.staffVisible. Every read of the office starts from it.
func scope(who authz.Actor, p *args) string {
	if who.Has(authz.RoleSpecialist) {
		return "true"
	}
	var or []string
	ids := []int64{who.ID}
	if who.ActingFor != nil {
		ids = append(ids, who.ActingFor.ID)
	}
	if who.Has(authz.RoleManager) {
		or = append(or, "a.manager_id = ANY ("+p.add(ids)+")")
	}
	if who.Has(authz.RoleExecutor) {
		id := p.add(who.ID)
		or = append(or, "a.executor_id = "+id, "a.id IN (SELECT appeal_id FROM appeal_coexecutors WHERE person_id = "+id+")")
	}
	if (who.Has(authz.RoleManager) || who.Has(authz.RoleExecutor)) && len(who.UnitIDs) > 0 {
		or = append(or, "a.unit_id = ANY ("+p.add(who.UnitIDs)+")")
	}
	if len(or) == 0 {
		return "false"
	}
	return "(" + strings.Join(or, " OR ") + ")"
}
