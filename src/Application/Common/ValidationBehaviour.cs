using CleanGateway.Domain.Common;
using FluentValidation;
using FluentValidation.Results;
using MediatR;

namespace CleanGateway.Application.Common;

/// <summary>
/// Runs a message's validators before its handler. The constraint keeps the container from ever building this for
/// chat calls. The first finding is reported, under the name the caller typed: OpenAI's error has room for one. The
/// rest go with it for those who have more.
/// </summary>
internal sealed class ValidationBehaviour<TRequest, TResponse>(IEnumerable<IValidator<TRequest>> validators)
    : IPipelineBehavior<TRequest, TResponse>
    where TRequest : IMessage<TResponse>
{
    public async Task<TResponse> Handle(
        TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        foreach (var validator in validators)
        {
            var result = await validator.ValidateAsync(request, cancellationToken);
            if (result.Errors is [var first, .. var others])
                throw new GatewayException(ErrorOf(first) with { Others = [.. others.Select(ErrorOf)] });
        }

        return await next();
    }

    private static GatewayError ErrorOf(ValidationFailure finding) =>
        GatewayError.Invalid(finding.ErrorMessage, finding.PropertyName.ToSnakeCase(), "invalid_value");
}
