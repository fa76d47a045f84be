package credentials

import "errors"

// Validate reports settings that can't go together, by the keys username,
// username_file, password, password_file and auth. It says no value.
func Validate(username, usernameFile, password, passwordFile string, auth bool) error {
	hasUser := username != "" || usernameFile != ""
	switch {
	case username != "" && usernameFile != "":
		return errors.New("username and username_file exclude each other")
	case password != "" && passwordFile != "":
		return errors.New("password and password_file exclude each other")
	case !hasUser && (password != "" || passwordFile != ""):
		return errors.New("username: must be set when there is a password")
	case hasUser && auth:
		return errors.New("auth and username exclude each other")
	}
	return nil
}
