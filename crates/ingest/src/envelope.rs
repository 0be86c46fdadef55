//! CloudEvents over HTTP: what stands in headers becomes part of the document, so that every delivery is kept in
//! one form.
