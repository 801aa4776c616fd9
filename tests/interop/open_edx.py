"""Open edX's LTI platform without the rest of Open edX, for the tests.

`lti-consumer-xblock` is the part of Open edX that launches LTI tools. It asks
the learning management system around it for courses, people and gradebook
through one module, `lti_consumer.plugin.compat`; here a few lines stand in for
that system. Everything that goes over the wire is the package's own work.

The first argument is JSON:

    {"tool": "http://127.0.0.1:1234/",
     "blocks": {"assignment": {"grades": "declarative", "passport": "<uuid>"}}}

with `deep_linking` and `custom` where a block has them.

The first line of the output is JSON as well: what the tool has to know to
register each block. The process ends when its standard input ends, which
happens however the test ends.
"""

import json
import logging
import os
import sys
import threading
import uuid
from types import SimpleNamespace
from wsgiref.simple_server import WSGIRequestHandler, make_server

# A refusal is an answer that some tests want; only what breaks is worth a line.
logging.disable(logging.WARNING)

ORDERS = json.loads(sys.argv[1])
TOOL = ORDERS["tool"]
COURSE = "course-v1:Example+Mentoring+2026"


class Quiet(WSGIRequestHandler):
    def log_message(self, *arguments):
        pass


def application(environ, start_response):
    return django_application(environ, start_response)


# The port has to be known before the settings, and the server answers only
# once `serve_forever` runs.
server = make_server("127.0.0.1", 0, application, handler_class=Quiet)
BASE = f"http://localhost:{server.server_port}"

from django.conf import settings  # noqa: E402

settings.configure(
    ALLOWED_HOSTS=["localhost"],
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEBUG=False,
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "config_models",
        "rest_framework",
        "lti_consumer",
    ],
    LEARNING_MICROFRONTEND_URL=BASE,
    LMS_ROOT_URL=BASE,
    LOGGING_CONFIG=None,
    MIDDLEWARE=[
        "edx_django_utils.cache.middleware.RequestCacheMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "crum.CurrentRequestUserMiddleware",
    ],
    OPENEDX_TELEMETRY=[],
    PLATFORM_NAME="Example College",
    ROOT_URLCONF=__name__,
    SECRET_KEY="only for tests",
    TEMPLATES=[
        {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
    ],
    # Usage keys, as Open edX writes them into addresses.
    USAGE_ID_PATTERN=r"(?P<usage_id>(?:i4x://?[^/]+/[^/]+/[^/]+/[^@]+(?:@[^/]+)?)|(?:[^/]+))",
    USE_TZ=True,
)

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpResponseRedirect, JsonResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from lti_consumer import api, models  # noqa: E402
from lti_consumer.data import Lti1p3LaunchData  # noqa: E402
from lti_consumer.exceptions import LtiError  # noqa: E402
from lti_consumer.plugin import compat  # noqa: E402
from lti_consumer.utils import get_lti_ags_lineitems_url  # noqa: E402
from opaque_keys.edx.keys import CourseKey, UsageKey  # noqa: E402


def person(number, name, role):
    return SimpleNamespace(
        id=number,
        name=name.replace("-", " ").title(),
        email=f"{name}@example.org",
        role=role,
        # What the tool knows the person by.
        external_user_id=str(uuid.uuid5(uuid.NAMESPACE_URL, name)),
    )


PEOPLE = {
    "assessor-1": person(1, "assessor-1", "staff"),
    # Keeps order in the course's forum, and learns like the others.
    "moderator-1": person(2, "moderator-1", "Community TA"),
}
for number in range(1, 30):
    PEOPLE[f"learner-{number}"] = person(number + 2, f"learner-{number}", "student")

# What reached the gradebook, and whether the course is too large for a roster.
gradebook = []
too_large = False


def publish(user, score, maximum, comment):
    name = next(name for name, somebody in PEOPLE.items() if somebody is user)
    gradebook.append({"person": name, "score": score * maximum, "comment": comment})


def block(name, orders):
    launch_url = TOOL + "lti/launch"
    location = UsageKey.from_string(
        f"block-v1:{COURSE.removeprefix('course-v1:')}+type@lti_consumer+block@{name}"
    )
    return SimpleNamespace(
        scope_ids=SimpleNamespace(usage_id=location),
        config_type="new",
        context_id=COURSE,
        display_name=name,
        external_config=None,
        lti_version="lti_1p3",
        lti_1p3_oidc_url=TOOL + "lti/login",
        lti_1p3_launch_url=launch_url,
        lti_1p3_redirect_uris=[launch_url],
        lti_1p3_tool_key_mode="keyset_url",
        lti_1p3_tool_keyset_url=TOOL + "lti/jwks",
        lti_1p3_tool_public_key="",
        lti_1p3_passport_id=orders["passport"],
        lti_1p3_enable_nrps=True,
        lti_advantage_ags_mode=orders["grades"],
        lti_advantage_deep_linking_enabled=orders.get("deep_linking", False),
        lti_advantage_deep_linking_launch_url=launch_url,
        custom=orders.get("custom", {}),
        # Open edX grades a block out of its weight, which is 1 unless somebody changes it.
        weight=1.0,
        max_score=lambda: 1.0,
        has_score=True,
        accept_grades_past_due=True,
        is_past_due=lambda: False,
        set_user_module_score=publish,
    )


BLOCKS = {name: block(name, orders) for name, orders in ORDERS["blocks"].items()}


def load_block(location):
    return next(b for b in BLOCKS.values() if b.scope_ids.usage_id == location)


def user_of(external_id):
    for somebody in PEOPLE.values():
        if somebody.external_user_id == external_id:
            return somebody
    raise LtiError("Invalid User")


def members(course_key):
    if too_large:
        raise LtiError(f"NRPS is not available for {course_key}")
    return {
        somebody.id: {
            "id": somebody.id,
            "name": somebody.name,
            "email": somebody.email,
            "roles": [somebody.role],
        }
        for somebody in PEOPLE.values()
    }


compat.load_enough_xblock = load_block
compat.load_block_as_user = load_block
compat.get_user_from_external_user_id = user_of
compat.get_course_members = members
compat.merge_course_forum_roles = lambda course, people: people
compat.batch_get_or_create_externalids = lambda users: {
    somebody.id: somebody for somebody in PEOPLE.values()
}
compat.get_course_by_id = lambda course_key: None
compat.user_course_access = lambda *_, **__: True
compat.user_has_access = lambda *_, **__: True
compat.user_has_studio_write_access = lambda *_, **__: True


def launch_data(request):
    somebody = PEOPLE[request.GET["person"]]
    chosen = BLOCKS[request.GET["block"]]
    return Lti1p3LaunchData(
        user_id=somebody.id,
        user_role=somebody.role,
        config_id=api.config_id_for_block(chosen),
        resource_link_id=str(chosen.scope_ids.usage_id),
        external_user_id=somebody.external_user_id,
        name=somebody.name,
        email=somebody.email,
        launch_presentation_document_target="iframe",
        context_id=COURSE,
        context_type=["course_offering"],
        context_title="Mentoring",
        context_label=COURSE,
        custom_parameters=chosen.custom,
    )


def open_block(request):
    """Opens a block for a person, as the course page's frame does."""
    return HttpResponseRedirect(api.get_lti_1p3_content_url(launch_data(request)))


def edit_block(request):
    """Lets an author choose content for a block, as Open edX Studio does."""
    url = api.get_lti_1p3_launch_start_url(launch_data(request), deep_link_launch=True)
    return HttpResponseRedirect(url)


def content_of(request):
    """What was chosen for a block."""
    config = api.config_id_for_block(BLOCKS[request.GET["block"]])
    items = models.LtiDlContentItem.objects.filter(lti_configuration__config_id=config)
    return JsonResponse([item.attributes for item in items], safe=False)


def columns_of(request):
    """The columns of a block, and where tools find them."""
    config = models.LtiConfiguration.objects.get(
        config_id=api.config_id_for_block(BLOCKS[request.GET["block"]])
    )
    return JsonResponse(
        {
            "url": get_lti_ags_lineitems_url(config.id),
            "columns": [
                {"label": item.label, "tag": item.tag, "scores": item.scores.count()}
                for item in config.ltiagslineitem_set.order_by("id")
            ],
        }
    )


def people(request):
    """What tools know people by."""
    return JsonResponse({name: who.external_user_id for name, who in PEOPLE.items()})


def set_too_large(request):
    global too_large
    too_large = request.GET["is"] == "true"
    return JsonResponse({})


urlpatterns = [
    path("api/", include("lti_consumer.plugin.urls")),
    path("open", open_block),
    path("edit", edit_block),
    path("content", content_of),
    path("columns", columns_of),
    path("people", people),
    path("gradebook", lambda request: JsonResponse(gradebook, safe=False)),
    path("too-large", set_too_large),
]


def registration(name):
    config = models.LtiConfiguration.objects.get(
        config_id=api.config_id_for_block(BLOCKS[name])
    )
    info = api.get_lti_1p3_launch_info(
        Lti1p3LaunchData(
            user_id=1,
            user_role="staff",
            config_id=config.config_id,
            resource_link_id=str(config.location),
        )
    )
    return {
        "issuer": BASE,
        "client_id": info["client_id"],
        "deployment_id": info["deployment_id"],
        "auth_url": info["oidc_callback"],
        "token_url": info["token_url"],
        "jwks_url": info["keyset_url"],
    }


call_command("migrate", verbosity=0)
# The roster carries names only where the course allows it.
models.CourseAllowPIISharingInLTIFlag.objects.create(
    course_id=CourseKey.from_string(COURSE), enabled=True
)
django_application = get_wsgi_application()
print(json.dumps({name: registration(name) for name in BLOCKS}), flush=True)


def end_with_the_test():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_the_test, daemon=True).start()
server.serve_forever()
