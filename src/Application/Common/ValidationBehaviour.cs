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
internal sealed class ValidationBehaviour<TRequest, TResponse>(IEnumerable<IValidator<TRequest>> validators, Operation operation)
    : IPipelineBehavior<TRequest, TResponse>
    where TRequest : IMessage<TResponse>
{
    public async Task<TResponse> Handle(
        TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        var findings = operation.Findings.ToList();
        foreach (var validator in validators)
        {
            var result = await validator.ValidateAsync(request, cancellationToken);

            // A member that could not even be read is not missing, too.
            findings.AddRange(result.Errors.Select(ErrorOf).Where(error => operation.Findings.All(known => known.Param != error.Param)));
        }

        return findings is [var first, .. var others]
            ? throw new GatewayException(first with { Others = others })
            : await next();
    }

    private static GatewayError ErrorOf(ValidationFailure finding) => GatewayError.Invalid(
        finding.ErrorMessage, string.Join('.', finding.PropertyName.Split('.').Select(part => part.ToSnakeCase())), "invalid_value");
}
