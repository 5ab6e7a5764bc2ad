package audit

import (
	"maps"
	"slices"
	"strings"
)

// Class says who may read the values of an attribute in the trail.
type Class uint8

// The classes. An attribute that nobody classified is Personal, and a test fails.
const (
	Personal Class = iota // hidden until the reader says why he must see it (Look)
	Plain                 // shown
	Person                // the id of a person: the name of an official, the number of anybody else
	Sealed                // shown to nobody
)

// attributes classifies every attribute that the trail can hold, by table:
// «plain | personal | persons | sealed».
//
// Personal is what says something of a resident or may hold his words: names, how
// to reach him, where he lives, what he wrote, and every free text in which an
// official may repeat it (Закон 2297-VI, ст. 2: «відомості … про фізичну особу, яка
// ідентифікована або може бути конкретно ідентифікована»). The name and the post of an
// official who acts for the city are open (ст. 5, ч. 3 of that law).
//
// Sealed is what would tell who signed a petition (ADR 0018).
var attributes = map[string]string{
	"answers":               "id appeal_id state result ground recipient first_id out_number verify_code pdf_key submitted_at signed_at sent_at dispatched_on dispatched_by version created_at updated_at | body remarks | author_id authors |",
	"appeal_coexecutors":    "id appeal_id created_at | | person_id |",
	"appeal_former_indexes": "id appeal_id reg_index created_at | | |",
	"appeals": `id number reg_index kind procedure state channel answer_channel addressee_id topic_id district_id constituency_id public hidden confidential control
		received_at registered_at registered_on due_at internal_due due_rule due_explain_uk due_explain_en calendar_version extended unit_id answered_at closed_at
		rating rated_at repeat_of filing_key demo version |
		author_name author_address author_phone author_email title body place lat lon marks rating_comment | author_id manager_id executor_id |`,
	"appointments":    "id post_id valid_from valid_to created_at | | person_id |",
	"calendars":       "id version data created_at | | |",
	"consents":        "id kind version given created_at | | person_id |",
	"delegations":     "id basis valid_from valid_to created_at | | from_person to_person |",
	"districts":       "id kind code name_uk name_en geometry active demo version created_at | | |",
	"files":           "id draft_id appeal_id answer_id message_id mime size sha256 blob_key thumb_key state created_at | name | owner_id |",
	"oidc_identities": "id provider created_at | subject | person_id |",
	"people":          "id password_hash status locale email_confirmed_at demo version created_at | email name phone address | |",
	"person_tokens":   "id purpose token_hash expires_at used_at created_at | data | person_id |",
	"petition_answers": `id petition_id state decision session_on decision_url video_url digest method signer_name signer_post acting_for submitted_at signed_at
		version created_at updated_at | body remarks evidence | authors signer_id |`,
	"petition_charters": `id valid_from threshold gathering_days supporters supporters_days check_days announce_days review_days tier residents_only source source_en demo
		version created_at | | |`,
	"petition_claims":     "petition_id person_name at | | person_id |",
	"petition_follows":    "petition_id created_at ended_at | | person_id |",
	"petition_grounds":    "code title_uk title_en norm_uk norm_en hides position active version | | |",
	"petition_milestones": "id petition_id title due_on done_on note url position dropped_at version created_at | | |",
	// The moment of a signature beside the moment of a sign-in would name the person: the day alone is shown (see sources).
	"petition_signatures": "petition_id id tier day withdrawn_at sweep_id | | | name at took district_id domain",
	"petition_sweeps":     "id petition_id rule state found actor_name created_at run_at undone_at version | params note | actor_id |",
	"petition_switches":   "name off_since reason_uk reason_en given_until version | | |",
	"petition_terms":      "id petition_id step due_at rule explain_uk explain_en calendar_version met_at version created_at | | |",
	"petitions": `id number state topic_id district_id filing_key charter_id threshold tier residents_only created_at submitted_at published_at ends_at extended_days
		reached_at announced_at session_on answered_at closed_at ground merged_into appeal_number legacy_count legacy_source demo version networks_erased_at
		legacy_number legacy_url | author_name author_address title essence reasons proposal place lat lon ground_note | author_id |`,
	"portal_secrets":            "name secret created_at | | |",
	"posts":                     "id unit_id title_uk title_en head active demo version created_at | | |",
	"privacy_notices":           "id version body_uk body_en valid_from | | |",
	"procurement_buyers":        "id code name role unit_id valid_from valid_to verified demo version created_at | | |",
	"procurement_explanations":  "id tender_id contract_id indicator buyer_code unit_id author_name author_post body published_at withdrawn_at version | | author_id |",
	"procurement_subscriptions": "id created_at ended_at version | query | person_id |",
	"queue_sets":                "id created_at ended_at version | name query | person_id |",
	"reply_templates":           "id unit_id title body active demo version created_at | | |",
	"resolutions":               "id appeal_id unit_id due_on created_at | task | manager_id executor_id |",
	"role_grants":               "id role created_at | | person_id granted_by |",
	"sessions":                  "id method created_at expires_at ended_at | user_agent ip | person_id acting_for |",
	"signers":                   "resident_at created_at version | district_id | person_id |",
	"streets":                   "id kind name old_names lat lon active demo version created_at | | |",
	"strong_identities":         "provider confirmed_at withdrawn_at version | | person_id |",
	"topics":                    "id parent_id code name_uk name_en classifier unit_id personal active demo position version created_at | | |",
	"units":                     "id parent_id code name_uk name_en phone email address active demo version created_at | | |",

	// Records that keep themselves (sources).
	"appeal_events":       "id appeal_id kind public from_state to_state | data | |",
	"appeal_exports":      "id n | query | |",
	"appeal_messages":     "id appeal_id side internal question filing_key | body | |",
	"contact_views":       "id appeal_id | | |",
	"letters":             "id kind appeal_id answer_id locale state sent_at | error | person_id |",
	"petition_events":     "id petition_id kind public from_state to_state | data | |",
	"procurement_checks":  "id started_at finished_at method extraction tenders changed | | |",
	"procurement_results": "id tender_id modified_at method | | |",
	"signatures":          "id answer_id method digest signer_name post_title acting_for scheme | evidence | signer_id |",
	"trail_views":         "id table_name row_id reason | | |",
}

var classes = func() map[string]map[string]Class {
	out := map[string]map[string]Class{}
	for table, list := range attributes {
		m := map[string]Class{}
		for i, part := range strings.Split(list, "|") {
			for _, column := range strings.Fields(part) {
				m[column] = [...]Class{Plain, Personal, Person, Sealed}[i]
			}
		}
		out[table] = m
	}
	return out
}()

// ClassOf is the class of an attribute, and whether it stands in the list.
func ClassOf(table, column string) (Class, bool) {
	c, known := classes[table][column]
	return c, known
}

// AttributesOf lists the attributes of a table that the trail can hold, in order.
func AttributesOf(table string) []string { return slices.Sorted(maps.Keys(classes[table])) }
