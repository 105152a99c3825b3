package trust

// FirstToEnd gives the role whose expiry comes first among those that a client would end
// with: until then the whole repository is valid, as far as time goes. It is nil where
// that cannot be said, because a top-level role is missing or was refused for another
// reason than its expiry. Of several that end at the same moment it is the one nearest to
// the root.
func FirstToEnd(roles []Role) *Role {
	var first *Role
	top := map[string]bool{}
	for i := range roles {
		r := &roles[i]
		// An expired role counts although nobody accepts it any more: it is the answer.
		// The date of one that is not signed is nobody's word.
		signed := r.Expired && r.ValidSigners() >= max(1, r.Threshold)
		if !r.Current || r.Expires.IsZero() || r.State != Accepted && !signed {
			continue
		}
		if r.Parent == "" || r.Parent == "root" {
			top[r.Name] = true
		}
		if first == nil || r.Expires.Before(first.Expires) || r.Expires.Equal(first.Expires) && rank(r) < rank(first) {
			first = r
		}
	}
	if first == nil || !first.Expired && len(top) < 4 {
		return nil
	}
	return first
}

// rank orders roles as they are verified.
func rank(r *Role) int {
	switch {
	case r.Parent == "":
		return 0
	case r.Parent != "root":
		return 4
	case r.Name == "timestamp":
		return 1
	case r.Name == "snapshot":
		return 2
	}
	return 3
}
