from django import template

register = template.Library()


@register.filter
def shout(value):
    return f"{value}!"


@register.inclusion_tag("polls/_results.html")
def show_results(poll):
    return {"choices": poll.choice_set.all()}
