-- Effects that are tried again are looked for twice a second, beside however many wait for people.
create index effect_in_doubt on reeve.effect (run) where state = 'unknown';
