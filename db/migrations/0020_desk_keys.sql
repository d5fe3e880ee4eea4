-- The public part of a key, by which it is told in lists, and found when it has leaked. NULL: a key from before, of any form.
ALTER TABLE api_keys
    ADD COLUMN key_prefix VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL AFTER partner_id,
    ADD UNIQUE KEY api_keys_prefix (key_prefix);

-- The log is read newest first: of a kind of subject, or of one operator. desk_log_subject serves one subject.
ALTER TABLE desk_log
    ADD INDEX desk_log_subject_type (subject_type, id),
    ADD INDEX desk_log_actor (actor, id);
