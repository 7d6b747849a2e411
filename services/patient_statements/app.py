"""The composition root of the patient statements service."""

from pathlib import Path

from schemas.catalogue import subscriptions
from services.chassis.service import Service
from services.patient_statements import store
from services.patient_statements.domain.readings import ReportedBalance
from services.patient_statements.handlers import Handlers
from services.patient_statements.issuing import issuing_task
from services.patient_statements.settings import PatientStatementsSettings
from services.patient_statements.workspace import StatementsWorkspace

NAME = "patient_statements"
VIEWS = {ReportedBalance.CONTRACT.TOPIC: ReportedBalance}
MIGRATIONS = Path(__file__).parent / "migrations"


def service(settings: PatientStatementsSettings | None = None) -> Service[StatementsWorkspace]:
    """The service under its settings; without them they are read from the environment.

    Raises ``SettingsError`` when the environment is wrong.
    """
    settings = settings or PatientStatementsSettings.read()
    policy = settings.policy()
    handlers = Handlers(policy)
    return Service(
        name=NAME,
        subscriptions=subscriptions(NAME),
        handlers=handlers.by_input(),
        deadline_handlers=handlers.by_deadline(),
        migrations=MIGRATIONS,
        load=store.load,
        save=store.save,
        background=(issuing_task(policy, settings.render_batch),),
        unhurried=True,
        leisurely=True,
        views=VIEWS,
    )
