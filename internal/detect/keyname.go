package detect

// keyClass is what a key's name says about the value under it.
type keyClass uint8

const (
	kNone keyClass = iota
	kPassword
	kPass       // "pass", which is also the number of tests that passed
	kPwd        // "pwd", which is also the working directory
	kSecretWord // a password, but an object under it describes a secret and is none
	kToken      // a token or key that must look like one
	kSecret     // an API key whatever it looks like
	kCookie     // cookies: the whole value
	kAuth       // credentials with a scheme before them
	kPersonName
	kPlainName // a person's name only beside or below something that says person
	kBirth
	kPhone
	kCall // a verb or noun that only sometimes means a telephone
	kSSN
	kCard
	kVersion
	kPerson  // an object that describes a person
	kTrait   // e-mail and the like: what a person has
	kAge     // a trait when the value is a number of years
	kAddress // a trait when the value is not a network address
)

// keyNames are the last words of a key, joined and in lower case.
var keyNames = func() map[string]keyClass {
	m := map[string]keyClass{}
	add := func(c keyClass, names ...string) {
		for _, n := range names {
			m[n] = c
		}
	}
	add(kPassword, "password", "passwd", "passphrase", "passcode", "passwords", "psw", "pw",
		"pword", "userpass", "dbpass", "adminpass", "smtppass", "identifiedby", "passwort", "kennwort", "motdepasse", "mdp", "contrasena", "contraseña", "senha", "wachtwoord")
	add(kPass, "pass")
	add(kPwd, "pwd", "oldpwd")
	add(kSecretWord, "secret", "secrets")
	add(kCookie, "cookie", "cookies", "setcookie", "httpcookie")
	add(kAuth, "authorization", "proxyauthorization", "authheader", "authorizationheader")
	add(kSecret, "apikey", "apikeys", "secretkey", "secretaccesskey", "accountkey", "apisecret", "accesstoken",
		"authtoken", "refreshtoken", "idtoken", "sessiontoken", "bearertoken", "apitoken", "securitytoken",
		"csrftoken", "xsrftoken", "privatetoken", "privatekey", "encryptionkey", "signingkey", "sharedaccesskey",
		"subscriptionkey", "authkey", "masterkey", "secretkeybase", "bottoken")
	add(kToken, "token", "accesskey", "bearer", "jwt", "sessionid", "sid", "jsessionid", "phpsessid", "sessid", "session",
		"appkey", "servicekey", "storagekey", "hmackey", "sig", "amzsignature", "googsignature", "webhook", "webhookurl", "sharedaccesssignature")
	add(kPersonName, "firstname", "lastname", "fullname", "surname", "givenname", "familyname", "middlename",
		"maidenname", "cardholder", "cardholdername", "nameoncard", "accountholder", "holdername", "fname", "lname",
		"vorname", "nachname", "prenom", "prénom", "nomdefamille", "apellido", "apellidos", "nombrecompleto", "cognome",
		"personname", "legalname", "realname", "forename", "beneficiaryname", "recipientname")
	add(kPlainName, "name", "displayname", "nombre", "nom")
	add(kBirth, "dob", "birthdate", "dateofbirth", "birthday", "bday", "geburtsdatum", "geburtstag",
		"fechanacimiento", "fechadenacimiento", "datenaissance", "datedenaissance", "birthdt", "borndate", "dobdate", "born")
	add(kPhone, "phone", "phonenumber", "phoneno", "tel", "telephone", "telephonenumber", "mobile", "mobilenumber",
		"mobileno", "fax", "faxnumber", "cell", "cellphone", "cellnumber", "msisdn", "telefon", "telefonnummer",
		"handynummer", "mobiltelefon", "telefono", "teléfono", "movil", "whatsapp",
		"phones", "phonenumbers", "contactnumber", "rufnummer", "telnr", "callernumber", "telno")
	add(kCall, "call", "dial", "ring", "sms", "caller", "text", "handy", "mobil", "portable", "number", "contact")
	add(kSSN, "ssn", "socialsecuritynumber", "socialsecurity", "socialsecurityno", "ssnumber", "taxid", "tin", "ssnno")
	add(kCard, "card", "cardnumber", "cardno", "creditcard", "creditcardnumber", "ccnumber", "pan", "ccnum", "cc")
	add(kVersion, "version", "ver", "versions", "release", "build", "firmware", "revision", "oid", "section", "sections",
		"chapter", "appendix", "rfc")
	add(kPerson, "user", "users", "customer", "customers", "patient", "patients", "person", "persons", "people",
		"employee", "employees", "contacts", "passenger", "passengers", "guest", "guests", "recipient",
		"recipients", "subscriber", "beneficiary", "student", "students", "spouse", "child", "children", "applicant",
		"billing", "billingaddress", "shippingaddress", "buyer", "owner", "kunde", "client", "cliente", "payer", "payee")
	add(kTrait, "email", "emailaddress", "mail", "gender", "nationality", "street", "streetaddress", "zipcode",
		"postalcode", "postcode", "homeaddress", "deliveryaddress", "passport", "passportnumber", "maritalstatus")
	add(kAge, "age")
	add(kAddress, "address")
	return m
}()

// trailing words that leave the sense of a password key as it is.
var passwordTail = map[string]bool{
	"hash": true, "value": true, "confirmation": true, "confirm": true, "new": true, "old": true,
	"current": true, "again": true, "repeat": true, "plain": true, "text": true, "encrypted": true,
}

// describing words: members of an object that describes a secret, not parts of one.
var describing = map[string]bool{
	"type": true, "format": true, "description": true, "title": true, "length": true, "minlength": true, "maxlength": true,
	"min": true, "max": true, "required": true, "pattern": true, "name": true, "path": true, "domain": true, "algorithm": true,
	"rounds": true, "expires": true, "expiry": true, "at": true, "in": true, "enabled": true, "label": true, "placeholder": true,
	"httponly": true, "secure": true, "samesite": true, "status": true, "message": true, "error": true, "code": true, "ref": true,
}
