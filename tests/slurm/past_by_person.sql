-- What slurmdbd has added up by day for an account's people before a day, in seconds of billing: what sreport shows.
select user, sum(alloc_secs)
from ${cluster}_assoc_usage_day_table as day
join ${cluster}_assoc_table as assoc on day.id = id_assoc
join tres_table as tres on id_tres = tres.id
where acct = '$account' and type = 'billing' and time_start < unix_timestamp('$day')
group by user
