using CleanGateway.Domain.Common;
using FluentValidation;
using MediatR;

namespace CleanGateway.Application.Common;

/// <summary>
/// Runs a message's validators before its handler. The constraint keeps the container from ever building this for
/// chat calls. The first finding is reported, under the name the caller typed: OpenAI's error has room for one.
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
            if (result.Errors is [var first, ..])
                throw new GatewayException(GatewayError.Invalid(first.ErrorMessage, first.PropertyName.ToSnakeCase(), "invalid_value"));
        }

        return await next();
    }
}
