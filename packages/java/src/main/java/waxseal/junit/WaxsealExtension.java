package waxseal.junit;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;

/** Makes an invocation of each step of a {@link WaxsealTest}. */
final class WaxsealExtension implements TestTemplateInvocationContextProvider {
  private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(WaxsealExtension.class);

  @Override
  public boolean supportsTestTemplate(ExtensionContext context) {
    return context.getRequiredTestMethod().isAnnotationPresent(WaxsealTest.class);
  }

  @Override
  public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(ExtensionContext context) {
    Control control =
        context.getRoot().getStore(NAMESPACE).getOrComputeIfAbsent(Control.class, key -> new Control(), Control.class);
    Method method = context.getRequiredTestMethod();
    String test = context.getRequiredTestClass().getSimpleName() + "#" + method.getName();
    Session session =
        new Session(
            control,
            method.getAnnotation(WaxsealTest.class),
            context.getUniqueId(),
            List.of("mvn", "test", "-Dtest=" + test));
    return session.steps().stream().map(step -> new Invocation(session, step));
  }

  private static final class Invocation implements TestTemplateInvocationContext, ParameterResolver, InvocationInterceptor {
    private final Session session;
    private final Session.Step step;

    Invocation(Session session, Session.Step step) {
      this.session = session;
      this.step = step;
    }

    @Override
    public String getDisplayName(int index) {
      return step.name;
    }

    @Override
    public List<Extension> getAdditionalExtensions() {
      return List.of(this);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == Server.class
          && parameter.getDeclaringExecutable().isAnnotationPresent(WaxsealTest.class);
    }

    /** The server comes with each run of the method: it may be run several times. */
    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return null;
    }

    @Override
    public void interceptTestTemplateMethod(
        InvocationInterceptor.Invocation<Void> invocation,
        ReflectiveInvocationContext<Method> reflective,
        ExtensionContext context)
        throws Throwable {
      invocation.skip();
      Method method = reflective.getExecutable();
      method.setAccessible(true);
      Object instance = context.getRequiredTestInstance();
      session.show(
          step,
          server -> {
            Class<?>[] types = method.getParameterTypes();
            Object[] arguments = reflective.getArguments().toArray();
            for (int at : positions(types)) arguments[at] = server;
            try {
              method.invoke(instance, arguments);
            } catch (InvocationTargetException error) {
              throw error.getCause();
            }
          });
    }

    private static int[] positions(Class<?>[] types) {
      return IntStream.range(0, types.length).filter(at -> types[at] == Server.class).toArray();
    }
  }
}
