"""Lines: a step of a visit as the JSON that an SDK and the gateway write.

Covered by tests/demo/test_generate.py.
"""

from event_assets.demo.chance import make_uuid, spell_instant
from event_assets.demo.shapes import Visit, VisitStep

_SERVER = (
    '"library":{"name":"analytics-python","version":"2.1.2"},"app":{"name":"backoffice","version":"1.9.0"},'
    '"locale":"en-US","timezone":"UTC","ip":"198.51.100.7"'
)


def write_line(visit: Visit, step: VisitStep, *, happened: int, received: int) -> str:
    """Return the line as it is in the archive: `happened` and `received` are Unix milliseconds."""
    person, random = visit.person, visit.random
    sent = received - random.randrange(20, 400)
    name = "" if not step.name else f',"event":"{step.name}"' if step.type == "track" else f',"name":"{step.name}"'
    return (
        f'{{"type":"{step.type}","messageId":"{make_uuid(random)}","anonymousId":"{person.anonymous_id}",'
        f'"userId":{person.user_id},"channel":"{person.platform}"{name}{step.body},'
        f'"context":{{{person.context},"sessionId":{visit.session}{visit.campaign}{_write_page(visit)}}},'
        f'"integrations":{{"All":true}},"rudderId":"{person.anonymous_id[:8]}-{visit.session}",'
        f'"originalTimestamp":"{spell_instant(happened)}","sentAt":"{spell_instant(sent)}",'
        f'"timestamp":"{spell_instant(received - sent + happened)}","receivedAt":"{spell_instant(received)}",'
        f'"request_ip":"{person.ip}"}}'
    )


def write_server_line(visit: Visit, step: VisitStep, *, happened: int, received: int) -> str:
    """Return a line of the back office SDK: no anonymous id, another context, and a correct clock."""
    name, happened_at = step.name, spell_instant(happened)
    return (
        f'{{"type":"{step.type}","messageId":"{make_uuid(visit.random)}","userId":{visit.person.user_id},'
        f'"channel":"server","event":"{name}"{step.body},"context":{{{_SERVER}}},"integrations":{{"All":true}},'
        f'"originalTimestamp":"{happened_at}","sentAt":"{spell_instant(received - 15)}","timestamp":"{happened_at}",'
        f'"receivedAt":"{spell_instant(received)}","request_ip":"198.51.100.7"}}'
    )


def _write_page(visit: Visit) -> str:
    if visit.person.platform != "web":
        return ""
    return f',"page":{{{visit.page},{visit.referrer}}}'
