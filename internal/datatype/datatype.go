// Package datatype is the taxonomy of what Weir calls sensitive: the data
// types, the category and sensitivity of each, and the regulations under which
// it falls. It holds no detection logic and imports nothing of Weir.
package datatype

import "strings"

// ID names a data type. The zero value means "none". IDs are not stable across
// versions: write Name, never the number.
type ID uint8

// The data types of this version, in the order of their names' first use.
const (
	None ID = iota
	Email
	PaymentCard
	IBAN
	USSSN
	Phone
	IPAddress
	PersonName
	BirthDate
	JWT
	APIKey
	Password
	PrivateKey
	count
)

// Category groups data types by who is harmed when one leaks.
type Category string

// The categories.
const (
	Contact    Category = "contact"    // reaches a person
	Financial  Category = "financial"  // moves money
	Government Category = "government" // issued by a state
	Identity   Category = "identity"   // says who a person is
	Network    Category = "network"    // says where a person's device is
	Credential Category = "credential" // opens a door
)

// Sensitivity orders data types by the harm of a disclosure.
type Sensitivity uint8

// The sensitivities, least first.
const (
	Low Sensitivity = iota + 1
	Medium
	High
	Critical
)

// String returns the lower-case name that reports, annotations and facts use.
func (s Sensitivity) String() string {
	switch s {
	case Low:
		return "low"
	case Medium:
		return "medium"
	case High:
		return "high"
	case Critical:
		return "critical"
	default:
		return "none"
	}
}

// Regulation is a law or standard that names a data type as protected.
type Regulation string

// The regulations.
const (
	GDPR   Regulation = "GDPR"
	CCPA   Regulation = "CCPA"
	HIPAA  Regulation = "HIPAA"
	PCIDSS Regulation = "PCI-DSS"
)

// Type is one entry of the taxonomy.
type Type struct {
	ID          ID
	Name        string
	Category    Category
	Sensitivity Sensitivity
	Regulations []Regulation
}

var types = [count]Type{
	Email:       {Email, "EMAIL", Contact, Medium, []Regulation{GDPR, CCPA, HIPAA}},
	PaymentCard: {PaymentCard, "PAYMENT_CARD", Financial, Critical, []Regulation{PCIDSS, GDPR, CCPA}},
	IBAN:        {IBAN, "IBAN", Financial, High, []Regulation{GDPR, CCPA}},
	USSSN:       {USSSN, "US_SSN", Government, Critical, []Regulation{CCPA, HIPAA}},
	Phone:       {Phone, "PHONE", Contact, Medium, []Regulation{GDPR, CCPA, HIPAA}},
	IPAddress:   {IPAddress, "IP_ADDRESS", Network, Low, []Regulation{GDPR, CCPA, HIPAA}},
	PersonName:  {PersonName, "PERSON_NAME", Identity, Medium, []Regulation{GDPR, CCPA, HIPAA}},
	BirthDate:   {BirthDate, "BIRTH_DATE", Identity, High, []Regulation{GDPR, CCPA, HIPAA}},
	JWT:         {JWT, "JWT", Credential, Critical, nil},
	APIKey:      {APIKey, "API_KEY", Credential, Critical, nil},
	Password:    {Password, "PASSWORD", Credential, Critical, nil},
	PrivateKey:  {PrivateKey, "PRIVATE_KEY", Credential, Critical, nil},
}

// Count is one more than the largest ID, for arrays indexed by ID.
const Count = int(count)

// All returns the taxonomy in the order of IDs. The caller may change the slice.
func All() []Type { return append([]Type(nil), types[1:]...) }

// Get returns the entry of id; for None or an unknown id it is the zero Type.
func Get(id ID) Type {
	if int(id) >= len(types) {
		return Type{}
	}
	return types[id]
}

// Name returns the upper-case name of id, such as "EMAIL".
func (id ID) String() string { return Get(id).Name }

// Parse finds a data type by its name. Upper and lower case are the same.
func Parse(name string) (ID, bool) {
	for i := 1; i < len(types); i++ {
		if strings.EqualFold(types[i].Name, name) {
			return types[i].ID, true
		}
	}
	return None, false
}

// Categories returns every category, for messages that say what is accepted.
func Categories() []Category {
	return []Category{Contact, Financial, Government, Identity, Network, Credential}
}
