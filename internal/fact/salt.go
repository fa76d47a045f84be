package fact

import (
	"bytes"
	"fmt"
	"os"
)

// MinSaltBytes is the least length of a cluster's salt.
const MinSaltBytes = 16

// ReadSalt reads a cluster's salt. White space around it, such as an editor's
// line break, is not part of it: all who read the file must make the same ids.
// The error does not name the key of the configuration.
func ReadSalt(path string) ([]byte, error) {
	salt, err := os.ReadFile(path) // #nosec G304 -- the path is the user's
	if err != nil {
		return nil, err
	}
	if salt = bytes.TrimSpace(salt); len(salt) < MinSaltBytes {
		return nil, fmt.Errorf("the salt has %d bytes, at least %d are needed", len(salt), MinSaltBytes)
	}
	return salt, nil
}
