"""Programs ask here: OpenID AuthZEN Authorization API 1.0 over the adopted documents (docs/api.md)."""
