package pdf

import "time"

// Letter is an official letter («лист») as it was signed.
type Letter struct {
	Lang             string // of the letter; the words of the frame are Ukrainian
	Issuer           Issuer
	Title            string
	RegNumber        string // «реєстраційний індекс» of this letter
	RegDate          time.Time
	InReplyTo        string // «На № … від …», whole; empty: an own letter
	AddresseeName    string
	AddresseeAddress string
	Body             []string // paragraphs
	Signatory        Signatory
	SignedAt         time.Time
	SignatureKind    string // how it was signed, in words
	Digest           string // of what was signed, hexadecimal
	VerifyCode       string
	VerifyURL        string
	Attachments      []string // names
	Demo             bool     // marks every page as demonstration data

	spelled bool // a sign that the typefaces lack was spelled out
}

// Issuer is the body that sends the letter. EDRPOU is its identification code
// («код ЄДРПОУ», ДСТУ 4163:2020, 4.4), left out when empty.
type Issuer struct{ Name, Unit, Address, Phone, Email, EDRPOU string }

// Signatory is who signed: post («посада») and name.
type Signatory struct{ Post, Name string }
