using CleanGateway.Application.Common;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Application.ResponseLogs;
using CleanGateway.Domain.Common;
using FluentValidation;

namespace CleanGateway.UnitTests.Application.Common;

public class ValidationBehaviourTests
{
    private bool handled;

    [Fact]
    public async Task A_message_without_validators_is_handled() => (await HandleAsync(new Order("", 0))).Should().Be("done");

    [Fact]
    public async Task A_message_that_is_in_order_is_handled() => (await HandleAsync(new Order("paper", 1), new OrderValidator())).Should().Be("done");

    [Fact]
    public async Task The_first_finding_is_reported_under_the_name_that_was_typed()
    {
        var handle = () => HandleAsync(new Order("", -1), new OrderValidator());

        (await handle.Should().ThrowAsync<GatewayException>()).Which.Error.Should().Match<GatewayError>(error =>
            error.Kind == GatewayErrorKind.Invalid && error.Code == "invalid_value" && error.Param == "article_name" && error.Message.Length > 0);
        handled.Should().BeFalse();
    }

    [Fact]
    public async Task Every_validator_is_asked()
    {
        var handle = () => HandleAsync(new Order("paper", -1), new AlwaysContent(), new OrderValidator());

        (await handle.Should().ThrowAsync<GatewayException>()).Which.Error.Param.Should().Be("how_many");
        handled.Should().BeFalse();
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(100_000, true)]
    [InlineData(0, false)]
    [InlineData(-1, false)]
    public void A_limit_is_at_least_one(int limit, bool valid)
    {
        new ListRequestsValidator().Validate(new ListRequests(limit)).IsValid.Should().Be(valid);
        new ListResponsesValidator().Validate(new ListResponses(limit)).IsValid.Should().Be(valid);
    }

    [Theory]
    [InlineData(10, 10)]
    [InlineData(500, 500)]
    [InlineData(501, 500)]
    [InlineData(int.MaxValue, 500)]
    public void A_greater_limit_than_is_given_is_cut(int limit, int effective)
    {
        new ListRequests(limit).EffectiveLimit.Should().Be(effective);
        new ListResponses(limit).EffectiveLimit.Should().Be(effective);
    }

    private Task<string> HandleAsync(Order order, params IValidator<Order>[] validators) =>
        new ValidationBehaviour<Order, string>(validators, new Operation()).Handle(order, CancellationToken.None, () =>
        {
            handled = true;
            return Task.FromResult("done");
        });

    internal sealed record Order(string ArticleName, int HowMany) : ICommand<string>;

    private sealed class AlwaysContent : AbstractValidator<Order>;

    private sealed class OrderValidator : AbstractValidator<Order>
    {
        public OrderValidator()
        {
            RuleFor(order => order.ArticleName).NotEmpty();
            RuleFor(order => order.HowMany).GreaterThan(0);
        }
    }
}
