"""What can go wrong with webhooks."""

from livehall.kernel.faults import Conflict, NotFound


class EndpointNotFound(NotFound):
    message = "There is no webhook endpoint with this id that you may see."


class DeliveryNotFound(NotFound):
    message = "There is no delivery with this id that you may see."


class EndpointOff(Conflict):
    code = "webhook_off"
    message = "This endpoint is switched off; switch it on first."


class TooManyEndpoints(Conflict):
    code = "too_many_webhooks"
    message = "An organization has at most 20 webhook endpoints."
