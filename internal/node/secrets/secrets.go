// Package secrets completes /etc/gitlab/gitlab-secrets.json, the secrets that all nodes of one GitLab share. A Redis node uses
// none of them; it makes them when it is the first node of a GitLab, whose file is then copied to the others.
//
// What the file holds is never replaced or dropped, not even sections that nothing here knows: data encrypted with a lost
// secret is lost.
package secrets

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"redoubt/internal/node/atomicfile"
)

// Mode is the file's: only root may read it.
const Mode fs.FileMode = 0o600

// Configured returns what gitlab.rb sets for a secret; that wins over generating one.
type Configured func(section, key string) (value any, ok bool)

// Complete adds the secrets that a file lacks and returns their names, as "section/key". A complete file is not written. A
// file that is no JSON object of objects is an error and left as it is.
func Complete(path string, configured Configured) (added []string, err error) {
	all, err := read(path)
	if err != nil {
		return nil, err
	}
	missing, err := missingFrom(path, all)
	if err != nil || len(missing) == 0 {
		return nil, err
	}
	values, err := generateAll(missing, configured)
	if err != nil {
		return nil, err
	}
	for n, secret := range missing {
		section, _ := all[secret.section].(map[string]any)
		if section == nil {
			section = map[string]any{}
			all[secret.section] = section
		}
		section[secret.key] = values[n]
		added = append(added, secret.section+"/"+secret.key)
	}
	content, err := encode(all)
	if err != nil {
		return nil, err
	}
	return added, atomicfile.Write(path, content, Mode, nil)
}

// read returns the sections of a file; an absent one has none.
func read(path string) (map[string]any, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]any{}, nil
	}
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	var all map[string]any
	err = decoder.Decode(&all)
	if err == nil {
		if _, more := decoder.Token(); more != io.EOF {
			err = errors.New("something follows the object")
		}
	}
	if err == nil && all == nil {
		err = errors.New("it is null")
	}
	if err != nil {
		return nil, fmt.Errorf("%s is not the JSON object that holds GitLab's secrets: %w. It is left as it is: restore it from a copy "+
			"(another node has the same file), or move it away if this GitLab has no data yet", path, err)
	}
	return all, nil
}

// missingFrom are the secrets that a file lacks. null and "" count as missing, as they do for GitLab's package.
func missingFrom(path string, all map[string]any) ([]secret, error) {
	var missing []secret
	for _, wanted := range known {
		section, isObject := all[wanted.section].(map[string]any)
		if !isObject && all[wanted.section] != nil {
			return nil, fmt.Errorf("%s: %s is not an object, so nothing can be added to it. The file is left as it is", path, wanted.section)
		}
		if value := section[wanted.key]; value == nil || value == "" {
			missing = append(missing, wanted)
		}
	}
	return missing, nil
}

func encode(all map[string]any) ([]byte, error) {
	var content bytes.Buffer
	encoder := json.NewEncoder(&content)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(all)
	return content.Bytes(), err
}
